import { readFileSync } from 'node:fs'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Socket } from 'node:net'
import type { DockerOptions } from 'dockerode'
import { dockerError } from '../errors.ts'
import type { DaemonOptions } from './daemon-options.ts'

/** dockerode hands the agent on; its types do not know it. */
type ConnectionOptions = DockerOptions & { readonly agent: HttpAgent }

const DEFAULT_PORTS = { http: 2375, https: 2376 } as const

/**
 * How dockerode is to connect. Every setting is given, if only as undefined: those left out it would take from
 * DOCKER_HOST and its relatives in the platform's own environment.
 * @throws WS_DOCKER_OPTIONS
 */
export function connectionOptions(options: DaemonOptions): ConnectionOptions {
  const parsed = checkDaemon(options)
  if (parsed.protocol === 'unix:') {
    return { ...NOTHING, protocol: 'http', socketPath: parsed.pathname, agent: new HttpAgent() }
  }
  // `http:` says that there is no encryption, whatever certificates are there for the other daemons.
  const tls = parsed.protocol === 'http:' ? undefined : options.tls
  const protocol = parsed.protocol === 'https:' || tls !== undefined ? 'https' : 'http'
  return {
    ...NOTHING,
    protocol,
    host: parsed.hostname,
    port: parsed.port === '' ? DEFAULT_PORTS[protocol] : Number(parsed.port),
    // No connection outlives its request: none is left behind, and none that a restarted daemon has closed is used.
    agent: probing(protocol === 'https' ? new HttpsAgent() : new HttpAgent()),
    ...(tls === undefined ? {} : { ca: pem(tls.ca, 'ca'), cert: pem(tls.cert, 'cert'), key: pem(tls.key, 'key') }),
  }
}

const NOTHING = {
  host: undefined,
  port: undefined,
  socketPath: undefined,
  pathPrefix: '/',
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
} as unknown as DockerOptions

/**
 * A build may say nothing for as long as it may take, and so does a machine that has vanished. Probes tell them apart:
 * Node sends ten of them, a second apart, after this time of silence.
 */
const PROBE_AFTER_MS = 30_000

function probing<T extends HttpAgent>(agent: T): T {
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback)
    if (socket instanceof Socket) socket.once('connect', () => socket.setKeepAlive(true, PROBE_AFTER_MS))
    return socket
  }
  return agent
}

/** @throws WS_DOCKER_OPTIONS */
export function checkDaemon({ url, tls }: DaemonOptions): URL {
  if (!URL.canParse(url)) throw invalid(url, 'it is no URL')
  const parsed = new URL(url)
  if (parsed.username !== '' || parsed.password !== '') throw invalid(parsed.host, 'it must not hold a password')
  if (parsed.protocol === 'unix:') {
    if (parsed.pathname === '' || parsed.host !== '') throw invalid(url, 'a socket is written as unix:///path')
    if (tls !== undefined) throw invalid(url, 'a socket takes no certificates')
  } else if (!['tcp:', 'http:', 'https:'].includes(parsed.protocol) || parsed.hostname === '') {
    throw invalid(url, 'it must be unix:///path, tcp://host:port, http://host:port or https://host:port')
  } else if (!['', '/'].includes(parsed.pathname)) {
    throw invalid(url, 'a path is not supported')
  }
  return parsed
}

function pem(value: string, name: string): string {
  if (value.includes('-----BEGIN ')) return value
  try {
    return readFileSync(value, 'utf8')
  } catch (error) {
    throw dockerError('WS_DOCKER_OPTIONS', `tls.${name} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function invalid(url: string, why: string): Error {
  return dockerError('WS_DOCKER_OPTIONS', `daemon ${JSON.stringify(url)}: ${why}`)
}
