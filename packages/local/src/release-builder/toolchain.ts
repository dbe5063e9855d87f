import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { coreError, type Tool } from '@webspaces/core'
import semver from 'semver'

/**
 * The PATH of builds and sites: the Node that runs the platform first, then the platform's own PATH without what npm
 * put in front of it for scripts, so that a site never runs a program of the platform's dependencies.
 */
export function programPath(path: string = process.env.PATH ?? ''): string {
  const own = path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !/node_modules\/\.bin$|node-gyp-bin$/.test(folder))
  return [...new Set([dirname(process.execPath), ...own])].join(delimiter)
}

export interface FoundTools {
  /** Changes whenever one of the programs does: path, size and time of each. */
  readonly identity: string
  /** For the pusher: where a version is not the one that the tree asks for. */
  readonly notes: readonly string[]
}

/** @throws WS_BUILD_TOOL_MISSING naming the program and what to install. */
export async function findTools(tools: readonly Tool[], path: string, signal: AbortSignal): Promise<FoundTools> {
  const found = await Promise.all(
    tools.map(async (tool) => {
      const program = await which(tool.name, path)
      if (program === undefined) {
        throw coreError('WS_BUILD_TOOL_MISSING', `${tool.name} is not installed on this machine`, { remedy: tool.hint })
      }
      return { identity: await identityOf(program), note: await versionNote(tool, program, path, signal) }
    }),
  )
  return {
    identity: found.map(({ identity }) => identity).join('\n'),
    notes: found.flatMap(({ note }) => note ?? []),
  }
}

async function which(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const program = join(folder, name)
    const usable = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (usable && (await stat(program)).isFile()) return program
  }
  return undefined
}

async function identityOf(program: string): Promise<string> {
  const file = await realpath(program)
  const { size, mtimeMs } = await stat(file)
  return `${file} ${size} ${mtimeMs}`
}

/** Another version than asked for often works; whether it does, the build shows. */
async function versionNote(
  tool: Tool,
  program: string,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (tool.range === undefined || semver.validRange(tool.range) === null) return undefined
  const version = await versionOf(program, path, signal)
  if (version === undefined || semver.satisfies(version, tool.range)) return undefined
  return `this machine has ${tool.name} ${version}; the site asks for ${tool.range}`
}

async function versionOf(program: string, path: string, signal: AbortSignal): Promise<string | undefined> {
  if (program === process.execPath) return process.versions.node
  const options = { env: { PATH: path }, timeout: 5000, maxBuffer: 64 * 1024, signal }
  const output = await promisify(execFile)(program, ['--version'], options).catch(() => ({ stdout: '' }))
  return semver.coerce(output.stdout)?.version
}
