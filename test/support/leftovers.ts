import { readdir } from 'node:fs/promises'
import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import { containersOnDaemon, imagesOnDaemon, tagsOf } from './images.ts'

export interface Places {
  /** Arguments of `docker` that lead to the daemon that builds. */
  readonly daemon: readonly string[]
  /** The folder of the repositories. */
  readonly repositories: string
  readonly webspace: string
}

/**
 * Of work that is refused nothing stays: no container of a build, no image in daemon or registry that was not there
 * before, nothing in git's quarantine.
 */
export async function leavesNothing(
  { daemon, repositories, webspace }: Places,
  refusal: () => Promise<void>,
  limitMs?: number,
): Promise<void> {
  const known = new Set(await containersOnDaemon(daemon))
  const images = async (): Promise<unknown> => [await imagesOnDaemon(daemon, webspace), await tagsOf(webspace)]
  const before = JSON.stringify(await images())
  await refusal()
  const files = await readdir(repositories, { recursive: true })
  expect(files.filter((path) => path.includes('tmp_objdir'))).toEqual([])
  await eventually(images, (after) => JSON.stringify(after) === before, limitMs)
  // Others build on the same daemon: their containers go as well.
  const containers = async (): Promise<string[]> => (await containersOnDaemon(daemon)).filter((id) => !known.has(id))
  await eventually(containers, ({ length }) => length === 0)
}
