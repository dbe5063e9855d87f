import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const page = readFileSync('dist/index.html')

const server = createServer((request, response) => {
  if (request.url === '/' || request.url?.startsWith('/?')) {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page)
  } else {
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('Not found\n')
  }
})

server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening on port ${server.address().port}`))

// A new version is up by now. Clients that keep their connection are sent there with their next answer; then we end.
process.on('SIGTERM', () => {
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'))
  setTimeout(() => server.close(), 1000)
})
