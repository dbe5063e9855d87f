/**
 * `npm run docs`: writes the references and the manifests that come from the code. With `--check` it writes nothing and fails if one of
 * them is out of date, or if a link between pages leads nowhere.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { deployFiles } from './docs/deploy.ts'
import { errorsReference } from './docs/errors.ts'
import { brokenLinks } from './docs/links.ts'
import { resourcesReference } from './docs/resources.ts'

const root = resolve(import.meta.dirname, '..')
const pages: Readonly<Record<string, string>> = {
  'docs/reference/errors.md': await errorsReference(root),
  'docs/reference/resources.md': resourcesReference(),
  ...deployFiles(),
}

const problems: string[] = []
for (const [path, text] of Object.entries(pages)) {
  const file = resolve(root, path)
  const content = await format(text, { ...(await resolveConfig(file)), filepath: file })
  if (existsSync(file) && readFileSync(file, 'utf8') === content) continue
  if (process.argv.includes('--check')) {
    problems.push(`${path} is out of date: npm run docs`)
  } else {
    writeFileSync(file, content)
    console.log(`Wrote ${path}`)
  }
}
if (process.argv.includes('--check')) problems.push(...brokenLinks(root))

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
