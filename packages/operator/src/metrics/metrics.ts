// Apart from what measures, which brings prom-client.
import { token, type Token } from '@webspaces/core'

/** What a platform measures, in the text format of Prometheus. */
export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
}

export const METRICS: Token<Metrics> = token('Metrics')
