import { posix } from 'node:path'
import { dockerError } from '../errors.ts'
import { IgnorePattern, type Work } from './ignore-pattern.ts'

export const DOCKERIGNORE = '.dockerignore'
export const DOCKERFILE = 'Dockerfile'

const MAX_RULES = 500
const MAX_PATTERN = 4096
const MAX_KEPT_FOLDERS = 1000
/** Steps of matching, for one path and for a whole tree. A pattern takes a few for each character of a path. */
const MAX_STEPS = { path: 10_000_000, tree: 1_000_000_000 } as const

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
  #stepsLeft: number = MAX_STEPS.tree

  /** @throws WS_DOCKER_DOCKERFILE */
  constructor(text: string) {
    this.#rules = parse(text)
  }

  /**
   * @param path without a slash at its end
   * @throws WS_DOCKER_DOCKERFILE where it would take too long to say
   */
  ignores(path: string): boolean {
    // Docker sends both in any case: the build cannot be done without the one, nor understood without the other.
    if (path === DOCKERFILE || path === DOCKERIGNORE) return false
    const allowed = Math.min(MAX_STEPS.path, this.#stepsLeft)
    const work: Work = { stepsLeft: allowed }
    const matches = this.#matches(path, work)
    this.#stepsLeft -= allowed - work.stepsLeft
    const last = matches.lastIndexOf(true)
    return last !== -1 && this.#rules[last]?.negated === false
  }

  #matches(path: string, work: Work): readonly boolean[] {
    const parent = posix.dirname(path)
    const above = parent === '.' ? [] : this.#folderMatches(parent, work)
    const matches = this.#rules.map(({ pattern }, index) => above[index] === true || pattern.matches(path, work))
    if (work.stepsLeft > 0) return matches
    throw dockerError('WS_DOCKER_DOCKERFILE', `${DOCKERIGNORE} takes too long to match with the files of the tree`, {
      remedy: 'Use fewer or simpler patterns, best those that name a whole folder, and push again.',
    })
  }

  #folderMatches(folder: string, work: Work): readonly boolean[] {
    const known = this.#folders.get(folder)
    if (known !== undefined) return known
    const matches = this.#matches(folder, work)
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
    if (line.length > MAX_PATTERN) throw invalid(index, `the pattern has more than ${MAX_PATTERN} characters`)
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
      throw invalid(index, `the pattern cannot be read: ${(error as Error).message}`)
    }
  }
  return rules
}

function invalid(index: number, why: string): Error {
  return dockerError('WS_DOCKER_DOCKERFILE', `${DOCKERIGNORE}, line ${index + 1}: ${why}`)
}
