/** What one client, and all of them together, may take of the server. */
export interface SshLimits {
  /** Connections that are open at one time. */
  readonly connections: number
  /** Of these, from one address. Raise it where a proxy in front hides the clients' addresses. */
  readonly connectionsPerAddress: number
  /** Of these, not logged in yet. */
  readonly startups: number
  /** How long a connection may take from its first byte to a proven key. Milliseconds. */
  readonly loginGraceMs: number
  /** Keys and methods that a connection may try. Agents offer every key they hold, so not too few. */
  readonly authTries: number
  /** Sessions that are open in one connection. */
  readonly sessionsPerConnection: number
  /** Commands that run at one time, and how many of them for one key. */
  readonly commands: number
  readonly commandsPerKey: number
  /** A connection without a session is closed after this. Milliseconds. */
  readonly idleMs: number
  /** A command is ended when its client has neither sent nor taken a byte for so long. Milliseconds. */
  readonly stallMs: number
  /** A command is ended after this, whatever it does. Milliseconds. */
  readonly commandTimeMs: number
  /** A question whether the client is still there is sent after so long a silence. Milliseconds. */
  readonly keepaliveMs: number
  /** Unanswered questions after which the client counts as gone. */
  readonly keepaliveMisses: number
  /** What a command that is ended by a shutdown gets to tell its client so. Milliseconds. */
  readonly lastWordsMs: number
  /** How long a client may take to close its connection once the last of its commands has ended. Milliseconds. */
  readonly partingMs: number
  /** Bytes of one pushed pack. */
  readonly packBytes: number
  /** Bytes of the ref updates and push options that come before a pack. */
  readonly requestBytes: number
  readonly pushOptions: number
}

const MINUTE = 60_000
const MiB = 1024 * 1024

export const DEFAULT_LIMITS: SshLimits = {
  connections: 500,
  connectionsPerAddress: 100,
  startups: 100,
  loginGraceMs: 30_000,
  authTries: 10,
  sessionsPerConnection: 10,
  commands: 200,
  commandsPerKey: 30,
  idleMs: 5 * MINUTE,
  stallMs: 5 * MINUTE,
  commandTimeMs: 120 * MINUTE,
  keepaliveMs: 15_000,
  keepaliveMisses: 3,
  lastWordsMs: 800,
  partingMs: 3000,
  packBytes: 2048 * MiB,
  requestBytes: 1 * MiB,
  pushOptions: 20,
}
