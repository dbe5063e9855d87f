import { RUNTIME, type Plugin, type Runtime } from '@webspaces/core'

const PORT = 8080

const DOCKERFILE = `FROM node:24-bookworm-slim
WORKDIR /app
COPY . .
USER 1000:1000
ENV PORT=<%= it.port %>
CMD ["node", ".webspaces/serve.mjs"]
`

// URL resolves "..", also where it is written as %2e%2e.
const SERVER = `import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
const types = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' }
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://site')
  const path = pathname.endsWith('/') ? pathname + 'index.html' : pathname
  const content = await readFile('site' + path).catch(() => undefined)
  const type = content === undefined ? 'text/plain' : (types[path.split('.').pop()] ?? 'application/octet-stream')
  response.writeHead(content === undefined ? 404 : 200, { 'Content-Type': type }).end(content ?? 'Not found')
}).listen(process.env.PORT)
process.on('SIGTERM', () => {
  server.prependListener('request', (request, response) => response.setHeader('Connection', 'close'))
  setTimeout(() => server.close(), 1000)
})
`

const runtime: Runtime = {
  name: 'static',
  title: 'Static files',
  dockerfile: DOCKERFILE,
  looksFor: ['site/index.html'],
  inspect: (source) => {
    const inFolder = source.entries.filter(({ path }) => path.startsWith('site/'))
    if (inFolder.length === 0) return Promise.resolve({ type: 'absent', found: [] })
    if (source.has('site/index.html')) return Promise.resolve({ type: 'fits', facts: null, notes: ['Serving site/'] })
    const remedy = 'Add site/index.html.'
    return Promise.resolve({ type: 'unfit', path: 'site', problem: 'the folder has no index.html', remedy })
  },
  plan: () => ({
    version: 1,
    runtime: 'static',
    template: { port: PORT },
    tools: [{ name: 'node', hint: 'Install Node.js: https://nodejs.org' }],
    steps: [],
    files: { '.webspaces/serve.mjs': SERVER },
    start: 'exec node .webspaces/serve.mjs',
    env: {},
    port: PORT,
    healthPath: '/',
  }),
}

/** Sites of plain files, in a folder `site`. */
export function staticSites(): Plugin {
  return { name: 'static-sites', contractVersion: 1, register: (to) => to.contribute(RUNTIME, { useValue: runtime }) }
}
