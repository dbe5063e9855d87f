// Makes dist/ from site/: fills in the placeholders, and fails where it does not know one.

import { mkdir, readFile, writeFile } from 'node:fs/promises'

const values = {
  built: new Date().toISOString().slice(0, 16).replace('T', ' '),
  node: process.version,
}

const page = await readFile('site/index.html', 'utf8')
const filled = page.replace(/\{\{(\w+)\}\}/g, (placeholder, name) => {
  if (Object.hasOwn(values, name)) return values[name]
  console.error(`site/index.html: ${placeholder} is not known; build.js knows ${Object.keys(values).join(', ')}`)
  process.exit(1)
})

await mkdir('dist', { recursive: true })
await writeFile('dist/index.html', filled)
console.log(`dist/index.html: ${filled.length} characters`)
