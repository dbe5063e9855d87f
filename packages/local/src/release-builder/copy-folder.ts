import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Copies a folder with modes, times and links; clones blocks where the file system can.
 *
 * By `cp`: `fs.cp` takes about six times as long for a large node_modules. Not by hard links, which would be faster
 * still: a site that writes into a file of its own would change every copy of it.
 */
export async function copyFolder(from: string, to: string, signal: AbortSignal): Promise<void> {
  const flags = process.platform === 'darwin' ? '-cpPR' : '-a'
  await promisify(execFile)('cp', [flags, from, to], { signal })
}
