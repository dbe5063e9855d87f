import { refuse } from '@webspaces/core'
import type { Manifest } from './manifest.ts'
import type { ManagerName } from './package-manager.ts'

/** What a script comes to, without the package manager in between. */
export interface ResolvedScript {
  /** The `pre…` scripts on the way. */
  readonly before: readonly string[]
  readonly command: string
  /** False where the script relies on what only the package manager provides. */
  readonly standsAlone: boolean
}

/**
 * Follows `npm run …` from script to script to the command that is meant in the end.
 *
 * `npm start` would stay in front of the site as a process of its own: 50 MB, a slower start, and signals that reach
 * the site at second hand.
 * @throws a refusal for a script that leads back to itself
 */
export function resolveScript(manifest: Manifest, manager: ManagerName, name: string): ResolvedScript {
  const { scripts } = manifest
  const before: string[] = []
  const seen = new Set<string>()
  for (let current = name; ;) {
    if (seen.has(current)) {
      throw refuse('package.json', `scripts.${name} leads back to itself`, `Let scripts.${name} start the server.`)
    }
    seen.add(current)
    // Yarn since 2 runs no pre scripts of the project's own.
    const pre = manager === 'berry' ? undefined : own(scripts, `pre${current}`)
    if (pre !== undefined) before.push(pre)
    const command = (own(scripts, current) ?? '').trim()
    const next = referredScript(command)
    if (next === undefined || own(scripts, next) === undefined) {
      return { before, command, standsAlone: [...before, command].every(runsWithoutManager) }
    }
    current = next
  }
}

function own(scripts: Manifest['scripts'], name: string): string | undefined {
  return Object.hasOwn(scripts, name) ? scripts[name] : undefined
}

function referredScript(command: string): string | undefined {
  const [, runner, name] = /^(npm run|npm|pnpm run|pnpm|yarn run|yarn) ([\w:.-]{1,100})$/.exec(command) ?? []
  // Of all names, npm takes only this one without "run".
  return runner === 'npm' && name !== 'start' ? undefined : name
}

/** Neither npm_package_version and the like nor a manager that is not part of Node.js. */
function runsWithoutManager(command: string): boolean {
  return !/npm_(package|config|lifecycle)_/.test(command) && !/(^|[\s;&|(])(pnpm|yarn)(\s|$)/.test(command)
}
