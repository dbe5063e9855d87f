import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder, which whoever asked for it removes. */
export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'webspaces-test-'))
}
