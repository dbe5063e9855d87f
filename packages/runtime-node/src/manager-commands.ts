import type { PackageManager } from './package-manager.ts'

/** What is typed to have a package manager do something: shell command lines. */
export interface ManagerCommands {
  /** Installs exactly what the lockfile says, or what the ranges give where there is none. */
  readonly install: (scope: 'all' | 'production') => string
  readonly run: (script: string) => string
  /** Removes what only the build needed; null where this manager cannot. */
  readonly prune: string | null
}

/**
 * How the manager is called. In an image it has been installed; on a machine of one's own it is npx that fetches it:
 * Corepack is no part of Node.js since version 25.
 */
export function callInImage({ name }: PackageManager): string {
  return name === 'berry' ? `${BERRY_SETTINGS} yarn` : name
}

export function callByNpx({ name, package: source }: PackageManager): string {
  if (source === null) return name
  const program = name === 'pnpm' ? 'pnpm' : 'yarn'
  return `${name === 'berry' ? `${BERRY_SETTINGS} ` : ''}npx --yes --package=${source} -- ${program}`
}

// A plain node_modules folder: Plug'n'Play would need Node itself to be started with its loader.
const BERRY_SETTINGS = 'YARN_NODE_LINKER=node-modules YARN_ENABLE_TELEMETRY=0'

// NODE_ENV is "production" while a site is built, so that the scope has to be said.
export function commandsOf(manager: PackageManager, call: string): ManagerCommands {
  const locked = manager.lockfile !== null
  const run = (script: string): string => `${call} run ${script}`
  switch (manager.name) {
    case 'npm': {
      const flags = '--no-audit --no-fund'
      const install = `${call} ${locked ? 'ci' : 'install'}`
      return {
        install: (scope) => `${install} ${scope === 'all' ? '--include' : '--omit'}=dev ${flags}`,
        run,
        // Without scripts: "prepare" may need what has just been removed.
        prune: `${call} prune --omit=dev --ignore-scripts ${flags}`,
      }
    }
    case 'pnpm':
      return {
        // CI: nobody is there to confirm the removal of a node_modules folder.
        install: (scope) =>
          `CI=true ${call} install ${locked ? '--frozen-lockfile' : '--no-frozen-lockfile'} --prod=${String(scope === 'production')}`,
        run,
        prune: `CI=true ${call} prune --prod --ignore-scripts`,
      }
    case 'yarn': {
      const install = `${call} install${locked ? ' --frozen-lockfile' : ''} --non-interactive`
      return {
        install: (scope) => `${install} --production=${String(scope === 'production')}`,
        run,
        // Yarn 1 has no prune; a production install removes the rest.
        prune: `${install} --production=true --ignore-scripts --prefer-offline`,
      }
    }
    case 'berry': {
      // Before version 4 this command is in a plugin that need not be there.
      const focus = /@[0-3](\.|$)/.test(manager.package ?? '') ? null : `${call} workspaces focus --all --production`
      const install = `${call} install ${locked ? '--immutable' : '--no-immutable'}`
      return { install: () => install, run, prune: focus }
    }
  }
}

/** Where the manager keeps what it has downloaded, for root in an image. */
export const CACHE_FOLDERS = {
  npm: '/root/.npm',
  pnpm: '/root/.local/share/pnpm/store',
  yarn: '/usr/local/share/.cache/yarn',
  berry: '/root/.yarn/berry/cache',
} as const
