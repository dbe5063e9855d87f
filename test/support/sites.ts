/** The smallest site with a build: its page says `text`, and `npm run build` runs `build`. */
export function nodeSite(text: string, build = 'node build.js'): Record<string, string> {
  return {
    'package.json': JSON.stringify(
      { name: 'site', private: true, scripts: { build, start: 'node server.js' } },
      null,
      2,
    ),
    'build.js':
      "require('node:fs').writeFileSync('page.txt', require('node:fs').readFileSync('text.txt'))\nconsole.log('page written')\n",
    'text.txt': text,
    'server.js': `
const { createServer } = require('node:http')
const page = require('node:fs').readFileSync('page.txt', 'utf8')
const server = createServer((request, response) => response.end(page))
server.listen(process.env.PORT)
process.on('SIGTERM', () => {
  server.prependListener('request', (request, response) => response.setHeader('Connection', 'close'))
  setTimeout(() => server.close(), 1000)
})
`,
  }
}

/** The same, which takes its time before it answers. */
export function slowSite(text: string, seconds: number): Record<string, string> {
  const { 'server.js': server = '', ...files } = nodeSite(text)
  const late = `setTimeout(() => server.listen(process.env.PORT), ${seconds * 1000})`
  return { ...files, 'server.js': server.replace('server.listen(process.env.PORT)', late) }
}
