import { get } from 'node:http'
import { connect } from 'node:net'
import type { Probe } from '@webspaces/core'

/** Why a probe failed, for people; undefined if it succeeded. */
export type ProbeResult = string | undefined

/**
 * Asks a process on this machine whether it works: an answer below 500 to `httpGet`, a connection for `tcpSocket` and
 * where there is no probe. The probe's port is the container's, of which `port` is the one on this machine.
 */
export function probe(what: Probe | undefined, port: number, signal: AbortSignal): Promise<ProbeResult> {
  const timeout = (what?.timeoutSeconds ?? 1) * 1000
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  return what?.httpGet === undefined ? connects(port, limit) : answers(what.httpGet.path, port, limit)
}

function answers(path: string, port: number, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const headers = { 'user-agent': 'webspaces-probe', connection: 'close' }
    const request = get({ host: '127.0.0.1', port, path, headers, agent: false, signal }, (response) => {
      const status = response.statusCode ?? 0
      resolve(status < 500 ? undefined : `GET ${path} was answered with ${status}`)
      request.destroy()
    })
    request.on('error', (error) => resolve(`GET ${path}: ${explain(error)}`))
  })
}

function connects(port: number, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, signal })
    socket.on('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.on('error', (error) => resolve(explain(error)))
  })
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'nothing listens on its PORT'
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time'
  return error.code ?? error.message
}
