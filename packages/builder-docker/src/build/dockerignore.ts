import { posix } from 'node:path'
import { dockerError } from '../errors.ts'
import { IgnorePattern } from './ignore-pattern.ts'

export const DOCKERIGNORE = '.dockerignore'
export const DOCKERFILE = 'Dockerfile'

const MAX_RULES = 500
const MAX_KEPT_FOLDERS = 1000

interface Rule {
  readonly pattern: IgnorePattern
  readonly negated: boolean
}

/**
 * Which files of a tree a `.dockerignore` leaves out.
 *
 * Docker's command line reads this file; the daemon does not, neither of its builders, when it is handed a tar stream.
 * Rules are those of https://docs.docker.com/build/concepts/context/#dockerignore-files: the last pattern that matches
 * a file or one of its folders decides.
 */
export class DockerIgnore {
  readonly #rules: readonly Rule[]
  /** Which rules match a folder or one that holds it; neighbours share their folders. */
  readonly #folders = new Map<string, readonly boolean[]>()

  /** @throws WS_DOCKER_DOCKERFILE */
  constructor(text: string) {
    this.#rules = parse(text)
  }

  /** @param path without a slash at its end */
  ignores(path: string): boolean {
    // Docker sends both in any case: the build cannot be done without the one, nor understood without the other.
    if (path === DOCKERFILE || path === DOCKERIGNORE) return false
    const matches = this.#matches(path)
    const last = matches.lastIndexOf(true)
    return last !== -1 && this.#rules[last]?.negated === false
  }

  #matches(path: string): readonly boolean[] {
    const parent = posix.dirname(path)
    const above = parent === '.' ? [] : this.#folderMatches(parent)
    return this.#rules.map(({ pattern }, index) => above[index] === true || pattern.matches(path))
  }

  #folderMatches(folder: string): readonly boolean[] {
    const known = this.#folders.get(folder)
    if (known !== undefined) return known
    const matches = this.#matches(folder)
    if (this.#folders.size >= MAX_KEPT_FOLDERS) this.#folders.clear()
    this.#folders.set(folder, matches)
    return matches
  }
}

function parse(text: string): Rule[] {
  const rules: Rule[] = []
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.startsWith('#') || line.trim() === '') continue
    const negated = line.trim().startsWith('!')
    const written = line
      .trim()
      .slice(negated ? 1 : 0)
      .trim()
    const pattern = posix
      .normalize(written)
      .replace(/^\/(?=.)/, '')
      .replace(/(?<=.)\/$/, '')
    if (pattern === '.') continue
    if (rules.length === MAX_RULES) throw invalid(index, `there are more than ${MAX_RULES} patterns`)
    try {
      rules.push({ pattern: new IgnorePattern(pattern), negated })
    } catch (error) {
      throw invalid(index, `the pattern is not complete: ${(error as Error).message}`)
    }
  }
  return rules
}

function invalid(index: number, why: string): Error {
  return dockerError('WS_DOCKER_DOCKERFILE', `${DOCKERIGNORE}, line ${index + 1}: ${why}`)
}
