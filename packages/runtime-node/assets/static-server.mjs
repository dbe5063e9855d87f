// Serves a folder over HTTP: node static-server.mjs [--spa] FOLDER
//
// PORT is the port. With --spa, a path that is no file answers with the site's index.html, unless it has a 404.html.
// Hidden files are never served, nor what lies outside the folder, links out of it included.

import { createServer } from 'node:http'
import { open, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'

const spa = process.argv.includes('--spa')
const root = await realpath(process.argv.slice(2).find((argument) => argument !== '--spa') ?? '.')

// Where the folder is the whole repository: what belongs to the build and not to the site.
const PRIVATE =
  root === process.cwd()
    ? /^\/(node_modules|package(-lock)?\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|Procfile|Dockerfile)(\/|$)/i
    : /^$/

const TYPES = {
  '.avif': 'image/avif',
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webm': 'video/webm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => {
    // The client went away, or the file could not be read to its end: too late for another answer.
    if (response.headersSent) response.destroy()
    else sendText(request, response, 500, 'Internal server error')
  })
})
// Longer than the idle time of the proxies in front, so that it is never this side that closes while a request comes.
server.keepAliveTimeout = 75_000
server.listen(Number(process.env.PORT ?? 3000), () => console.log(`serving ${root} on port ${server.address().port}`))

process.on('SIGTERM', () => {
  // `close` ends idle connections, and would cut off a request that is on its way on one of them. So whoever is using a
  // connection is told first, with the next answer, that it is the last one.
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'))
  setTimeout(() => server.close(() => process.exit(0)), 1000)
  // Answers may be finished, but not for ever.
  setTimeout(() => process.exit(0), 8000).unref()
})

async function answer(request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    return sendText(request, response, 405, 'Method not allowed')
  }
  const [rawPath, query] = split(request.url, '?')
  const path = decode(rawPath)
  if (path === undefined) return sendText(request, response, 400, 'Bad request')

  const found = isPublic(path) ? await find(path) : undefined
  if (found?.redirect !== undefined) {
    const location = found.redirect.split('/').map(encodeURIComponent).join('/')
    response.setHeader('Location', query === undefined ? location : `${location}?${query}`)
    return sendText(request, response, 301, 'Moved permanently')
  }
  if (found !== undefined) return sendFile(request, response, 200, found)

  const page = await find('/404.html')
  if (page !== undefined) return sendFile(request, response, 404, page)
  const index = spa && isNavigation(path) ? await find('/index.html') : undefined
  if (index !== undefined) return sendFile(request, response, 200, index)
  return sendText(request, response, 404, 'Not found')
}

/** The path with its %-escapes resolved and no empty segments, or undefined if it is not a path. */
function decode(rawPath) {
  try {
    const path = decodeURIComponent(rawPath)
    return path.startsWith('/') && !/[\0\\]/.test(path) ? path.replace(/\/{2,}/g, '/') : undefined
  } catch {
    return undefined
  }
}

/** No segment begins with a dot, which also rules out `..`; `.well-known` is public by RFC 8615. */
function isPublic(path) {
  return !/\/\.(?!well-known(\/|$))/.test(path) && !PRIVATE.test(path)
}

/** A page that a client-side router may know, as against a missing script or picture. */
function isNavigation(path) {
  return extname(path) === '' && isPublic(path)
}

async function find(path) {
  const file = await inside(path)
  if (file?.stats.isFile()) return path.endsWith('/') ? undefined : file
  if (file?.stats.isDirectory()) {
    const index = await inside(join(path, 'index.html'))
    if (index?.stats.isFile()) return path.endsWith('/') ? index : { redirect: `${path}/` }
  }
  if (path.endsWith('/')) return undefined
  const page = await inside(`${path}.html`)
  return page?.stats.isFile() ? page : undefined
}

/** What a path leads to, all links followed, as long as that is in the folder. */
async function inside(path) {
  try {
    const file = await realpath(join(root, path))
    return file === root || file.startsWith(root.endsWith(sep) ? root : root + sep)
      ? { file, stats: await stat(file) }
      : undefined
  } catch {
    return undefined
  }
}

async function sendFile(request, response, status, { file }) {
  const handle = await open(file)
  try {
    const stats = await handle.stat()
    const etag = `W/"${stats.size.toString(16)}-${Math.trunc(stats.mtimeMs).toString(16)}"`
    response.setHeader('ETag', etag)
    response.setHeader('Last-Modified', stats.mtime.toUTCString())
    // A browser keeps its copy and asks whether it is still good: a new release shows at once.
    response.setHeader('Cache-Control', 'no-cache')
    response.setHeader('X-Content-Type-Options', 'nosniff')
    if (status === 200 && isFresh(request, etag, stats.mtime)) {
      response.writeHead(304).end()
      return
    }
    response.setHeader('Content-Type', TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream')
    response.setHeader('Content-Length', stats.size)
    response.writeHead(status)
    if (request.method === 'HEAD' || stats.size === 0) response.end()
    // Not past the announced length, should the file grow meanwhile.
    else await pipeline(handle.createReadStream({ end: stats.size - 1, autoClose: false }), response)
  } finally {
    await handle.close()
  }
}

/** RFC 9110, 13.2.2: the entity tag alone counts where one was sent. */
function isFresh(request, etag, modified) {
  const tags = request.headers['if-none-match']
  if (tags !== undefined) return tags.trim() === '*' || tags.split(',').some((tag) => weak(tag) === weak(etag))
  const since = Date.parse(request.headers['if-modified-since'] ?? '')
  return Math.trunc(modified.getTime() / 1000) * 1000 <= since
}

function weak(tag) {
  return tag.trim().replace(/^W\//, '')
}

function sendText(request, response, status, text) {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.writeHead(status).end(request.method === 'HEAD' ? undefined : `${text}\n`)
}

function split(text, separator) {
  const index = text.indexOf(separator)
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}
