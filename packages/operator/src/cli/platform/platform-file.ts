import { rmSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import type { ListenAddress } from '@webspaces/core'
import { urlHost } from './address.ts'

/** What a running platform says of itself to scripts. */
export interface PlatformFile {
  /** Where git is served. Left out where it is not. */
  readonly ssh?: ListenAddress
  /** Of one machine the sites, of a server in a cluster its health and metrics. */
  readonly http: ListenAddress
  readonly pid: number
}

/** Writes the file, whole or not at all: scripts wait for it and read it at once. */
export async function writePlatformFile(path: string, platform: PlatformFile): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(platform)}\n`)
  await rename(`${path}.new`, path)
}

/** Synchronous, so that it works in the last moment of a process too. */
export function removePlatformFile(path: string): void {
  rmSync(path, { force: true })
}

/** The line that people and scripts wait for. */
export function readyLine({ ssh, http }: PlatformFile): string {
  const git = ssh === undefined ? [] : [`ssh://git@${urlHost(ssh.host)}:${ssh.port}`]
  return ['ready', ...git, `http://${urlHost(http.host)}:${http.port}`].join('  ')
}
