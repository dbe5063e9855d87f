import { mkdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FolderCluster } from '@webspaces/local'
import type { Cluster } from '@webspaces/core'
import { operatorError } from '../../errors.ts'
import { systemClock } from '../../system/clock.ts'
import { createLogger } from '../../system/logger.ts'
import { newId } from '../../system/new-id.ts'

/**
 * The resources in a platform's folder, whether the platform runs or not. With `create`, a folder that is missing is
 * made: resources may be there before the first `webspaces up`.
 * @throws WS_FOLDER_MISSING
 */
export async function openCluster(dir: string, { create = false } = {}): Promise<Cluster> {
  if (create) await mkdir(dir, { recursive: true, mode: 0o700 })
  else if (!(await isFolder(dir))) throw operatorError('WS_FOLDER_MISSING', `there is no folder ${resolve(dir)}`)
  const logger = createLogger({ level: 'warn', format: 'text', write: (lines) => process.stderr.write(lines) })
  return new FolderCluster({ dir: resolve(dir), clock: systemClock, newId, logger })
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}
