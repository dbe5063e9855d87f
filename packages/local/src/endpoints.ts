/** A ready replica. */
export interface Endpoint {
  /** Unique for the life of the process. */
  readonly id: string
  readonly host: string
  readonly port: number
  readonly labels: Readonly<Record<string, string>>
  readonly namespace: string
}

/** A request's hold on a replica: while it lasts, the replica is not stopped (within the drain limit). */
export interface Lease {
  readonly endpoint: Endpoint
  release(): void
}
