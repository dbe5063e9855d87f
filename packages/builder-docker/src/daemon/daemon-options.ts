// Apart from what connects with them: a user's types must not ask for dockerode's.

export interface DaemonOptions {
  /**
   * `unix:///var/run/docker.sock`, `tcp://host:2375`, or `https://host:2376`. `tcp:` with `tls` is `https:`; `http:` is
   * never encrypted, and `tls` then not looked at.
   */
  readonly url: string
  /** For a daemon that wants client certificates (`dockerd --tlsverify`). */
  readonly tls?: TlsOptions
  /**
   * Which of the daemon's two builders is used. Default: BuildKit from Docker 18.09 on, the classic one before and for
   * builds with a limit of memory, which BuildKit does not know.
   */
  readonly builder?: BuilderKind
}

/** Each a path or the PEM text itself. Files are read again when the daemon comes back after it was away. */
export interface TlsOptions {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export type BuilderKind = 'buildkit' | 'classic'
