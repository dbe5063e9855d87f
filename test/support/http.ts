import { request, type Agent, type IncomingHttpHeaders } from 'node:http'

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

export interface GetOptions {
  readonly address: string
  readonly port: number
  readonly path?: string
  /** The Host header; what is asked otherwise. */
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

/** A GET to an address, for a host that DNS would have led to it. */
export function get(options: GetOptions): Promise<Answer> {
  const { address, port, path = '/', host, headers = {}, agent } = options
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: address,
        port,
        path,
        timeout: 30_000,
        headers: { ...headers, ...(host === undefined ? {} : { host }) },
        ...(agent === undefined ? {} : { agent }),
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error('no answer within 30 s')))
    sent.end()
  })
}
