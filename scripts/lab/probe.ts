import { readFileSync } from 'node:fs'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect } from 'node:net'
import { certificate } from './certificates.ts'
import { LOOPBACK } from './addresses.ts'

const TIMEOUT_MS = 2000

/** Whether an HTTP server on this machine answers with 200. `https` shows the lab's client certificate. */
export function answersHttp(protocol: 'http' | 'https', port: number, path: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const answered = (response: IncomingMessage): void => {
    response.resume()
    resolve(response.statusCode === 200)
  }
  const target = { host: LOOPBACK, port, path, timeout: TIMEOUT_MS, agent: false as const }
  const request = protocol === 'http' ? requestHttp(target, answered) : requestHttps({ ...target, ...tls() }, answered)
  request.on('timeout', () => request.destroy(new Error('No answer')))
  request.on('error', reject)
  request.end()
  return promise
}

function tls(): { ca: Buffer; cert: Buffer; key: Buffer } {
  const client = certificate('client')
  return { ca: readFileSync(certificate('ca').file), cert: readFileSync(client.file), key: readFileSync(client.key) }
}

/** Whether something listens there. */
export function isTaken(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host: LOOPBACK, port, timeout: TIMEOUT_MS })
  const done = (taken: boolean): void => {
    socket.destroy()
    resolve(taken)
  }
  socket.on('connect', () => done(true))
  socket.on('timeout', () => done(true))
  socket.on('error', () => done(false))
  return promise
}
