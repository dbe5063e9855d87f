import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const SKIPPED = /(^|\/)(node_modules|dist|\.git|\.webspaces|coverage)(\/|$)/

/** Links of Markdown files to files of the repository that are not there, as `page: link`. */
export function brokenLinks(root: string): string[] {
  return markdownFiles(root, '').flatMap((page) => {
    const text = readFileSync(resolve(root, page), 'utf8').replaceAll(/```.*?```|`[^`\n]*`/gs, '')
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => match[1] ?? [])
    return targets
      .filter((target) => !/^([a-z]+:|#)/.test(target))
      .filter((target) => !existsSync(resolve(root, dirname(page), target.replace(/#.*/, ''))))
      .map((target) => `${page}: the link to ${target} leads nowhere`)
  })
}

function markdownFiles(root: string, folder: string): string[] {
  return readdirSync(resolve(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (SKIPPED.test(path)) return []
    if (entry.isDirectory()) return markdownFiles(root, path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}
