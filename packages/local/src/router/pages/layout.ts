import { createHash } from 'node:crypto'
import { STATUS_CODES, type ServerResponse } from 'node:http'
import { html, Html } from './html.ts'
import { STYLE } from './style.ts'

// Nothing but our own style sheet, by its hash: what a customer calls a branch cannot load, run or send anything.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** In one piece: the hash is that of every character between the tags. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`)

/** A whole document. */
export function layout(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        ${body}
      </body>
    </html>`.markup
}

/** Sends a page of the platform's own. Never stored: what it says may be otherwise in a second. */
export function sendPage(response: ServerResponse, status: number, type: string, body: string): void {
  // The reason is given too: one that could not be sent may have been left in the response.
  response.writeHead(status, STATUS_CODES[status], {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    Vary: 'Accept',
  })
  response.end(body)
}
