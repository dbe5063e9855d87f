import type { IncomingMessage, ServerResponse } from 'node:http'
import { localError } from '../errors.ts'
import { sendPage } from './pages/layout.ts'
import { sitesPage } from './pages/sites-page.ts'
import type { Site } from './sites.ts'

/**
 * Answers at the platform's own address: `/`, as a page or as JSON, whichever the client names first; `/api/sites`,
 * always as JSON: `{"sites": Site[]}`. Whoever reaches the port can read it; there is nothing secret on it.
 * @throws WS_PAGE_UNKNOWN
 */
export function answerPlatform(request: IncomingMessage, response: ServerResponse, sites: readonly Site[]): void {
  const path = request.url?.replace(/\?.*$/s, '')
  const readable = request.method === 'GET' || request.method === 'HEAD'
  if (readable && (path === '/api/sites' || (path === '/' && prefersJson(request)))) {
    sendPage(response, 200, 'application/json', `${JSON.stringify({ sites }, null, 2)}\n`)
  } else if (readable && path === '/') {
    sendPage(response, 200, 'text/html', sitesPage(sites))
  } else {
    throw localError('WS_PAGE_UNKNOWN', 'the platform has no such page')
  }
}

function prefersJson({ headers }: IncomingMessage): boolean {
  return /application\/json|text\/html/i.exec(headers.accept ?? '')?.[0].toLowerCase() === 'application/json'
}
