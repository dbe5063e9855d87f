import { execLast, plainWords, quoteShell } from '@webspaces/core'
import type { NodeFacts } from './facts.ts'

/** The command line that serves the site. It ends in `exec` wherever that is possible, so that SIGTERM reaches Node. */
export function startLine({ site }: NodeFacts, managerCall: string): string {
  if (site.type === 'static') {
    const folder = site.folder === null ? '--spa .webspaces/site' : quoteShell(site.folder)
    return `exec node .webspaces/static-server.mjs ${folder}`
  }
  if (site.script !== null) return execLast(`${managerCall} run ${site.script}`)
  if (site.before.length === 0) return execLast(site.command)
  const last = execLast(site.command)
  return [...site.before.map(grouped), last === site.command ? grouped(last) : last].join(' && ')
}

/** A command as one operand of `&&`, whatever operators it has itself. */
function grouped(command: string): string {
  return plainWords(command) === undefined ? `(${command})` : command
}

/** The words of a Dockerfile's CMD: the program itself where no shell is needed to start it. */
export function execForm(line: string): string[] {
  const words = line.startsWith('exec ') ? plainWords(line.slice('exec '.length)) : undefined
  return words ?? ['/bin/sh', '-c', line]
}
