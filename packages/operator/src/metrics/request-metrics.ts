import { Counter, type Registry } from 'prom-client'
import type { RequestObserver } from '../kubernetes/request-observer.ts'

/** Counts requests to the API server, under the name and with the labels that client-go has for it. */
export function requestMetrics(registry: Registry): RequestObserver {
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, partitioned by status code, method, and host.',
    labelNames: ['code', 'method', 'host'],
    registers: [registry],
  })
  return ({ code, method, host }) => requests.inc({ code, method, host })
}
