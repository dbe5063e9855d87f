import { rmSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListenAddress } from '@webspaces/core'

/** What `DIR/platform.json` says while a platform runs on the folder. */
export interface PlatformFile {
  readonly ssh: ListenAddress
  readonly http: ListenAddress
  readonly pid: number
}

/** Writes `DIR/platform.json`, whole or not at all: scripts wait for it and read it at once. */
export async function writePlatformFile(dir: string, platform: PlatformFile): Promise<void> {
  const path = join(dir, 'platform.json')
  await writeFile(`${path}.new`, `${JSON.stringify(platform)}\n`)
  await rename(`${path}.new`, path)
}

/** Synchronous, so that it works in the last moment of a process too. */
export function removePlatformFile(dir: string): void {
  rmSync(join(dir, 'platform.json'), { force: true })
}
