import type { IncomingMessage, ServerResponse } from 'node:http'
import { describeError, type WebspacesError } from '@webspaces/core'
import { urlHost } from '../host.ts'
import { html, type Html } from './html.ts'
import { layout, sendPage } from './layout.ts'

/** How each error of the router is answered. */
const ANSWERS: Readonly<Record<string, { readonly status: number; readonly title: string }>> = {
  WS_REQUEST_REFUSED: { status: 400, title: 'This request cannot be passed on' },
  WS_SITE_UNKNOWN: { status: 404, title: 'There is no site here' },
  WS_PAGE_UNKNOWN: { status: 404, title: 'There is no page here' },
  WS_SITE_UNREACHABLE: { status: 502, title: 'The site gave no answer' },
  WS_SITE_STARTING: { status: 503, title: 'The site is starting' },
  WS_SITE_STOPPED: { status: 503, title: 'The site is stopped' },
  WS_ROUTER_STARTING: { status: 503, title: 'The platform is starting' },
  WS_SITE_TIMEOUT: { status: 504, title: 'The site took too long' },
}
const OTHERWISE = { status: 500, title: 'Something went wrong' }

/** Seconds until a client may try again; a browser's page does so by itself. */
const RETRY_AFTER = 2

/** Says what happened and what to do: as a page to browsers, as text to everything else. */
export function sendError(request: IncomingMessage, response: ServerResponse, error: WebspacesError): void {
  const { status, title } = ANSWERS[error.code] ?? OTHERWISE
  const page = acceptsHtml(request)
  if (status === 503) {
    response.setHeader('Retry-After', RETRY_AFTER)
    if (page && request.method === 'GET') response.setHeader('Refresh', RETRY_AFTER)
  }
  if (page) sendPage(response, status, 'text/html', errorPage(status, title, error, platformUrl(request)))
  else sendPage(response, status, 'text/plain', `${describeError(error).join('\n')}\n`)
}

/** The platform's own page, at the address by which the client has reached us. */
export function platformUrl({ socket }: IncomingMessage): string {
  const address = (socket.localAddress ?? 'localhost').replace(/^::ffff:(?=\d+\.)/, '')
  return `http://${urlHost(address)}:${socket.localPort ?? 80}/`
}

/** Whether the client names HTML: curl and the like take anything, and show it as it comes. */
function acceptsHtml({ headers }: IncomingMessage): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '')
}

function errorPage(status: number, title: string, error: WebspacesError, platform: string): string {
  return layout(
    title,
    html`<main class="error">
      <p class="status">${status}</p>
      <h1>${title}</h1>
      <p>${sentence(error.message)}</p>
      <p>${withCode(error.remedy)}</p>
      <footer>
        <code>${error.code}</code>
        <a href="${platform}">All sites of this platform</a>
      </footer>
    </main>`,
  )
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
}

/** What stands between backquotes, as code. */
function withCode(text: string): Html[] {
  return text.split('`').map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))
}
