import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RepositoryOwner } from '@webspaces/core'

/** Says in a repository whose it is. No push writes there: refs and objects are in folders of their own. */
const MARK = 'webspaces-owner.json'

/**
 * Whether a repository is what somebody else has left under this name.
 *
 * The Webspace alone does not tell: a restored cluster has made each of them anew, with another uid, and it has to find
 * its repository again. Nor does the customer alone: a Webspace that moves to another one takes its code along.
 */
export function isAnother(former: RepositoryOwner, owner: RepositoryOwner): boolean {
  return former.uid !== owner.uid && former.customer !== owner.customer
}

/**
 * Undefined for a repository without a mark, and where there is none.
 * @throws for a mark that cannot be read: it may be somebody else's
 */
export async function readOwner(repository: string): Promise<RepositoryOwner | undefined> {
  const file = join(repository, MARK)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : parseOwner(text, file)
}

export async function writeOwner(repository: string, { uid, customer }: RepositoryOwner): Promise<void> {
  await replaceFile(join(repository, MARK), `${JSON.stringify({ uid, customer })}\n`)
}

/** From then on it is the first one's who has a Webspace of its name. */
export async function forgetOwner(repository: string): Promise<void> {
  await rm(join(repository, MARK), { force: true })
}

/** Whole or not at all, also where the machine goes down. */
export async function replaceFile(file: string, content: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  await writeFile(temporary, content, { flush: true })
  await rename(temporary, file)
}

function parseOwner(text: string, file: string): RepositoryOwner {
  try {
    const { uid, customer } = JSON.parse(text) as Partial<Record<keyof RepositoryOwner, unknown>>
    if (typeof uid === 'string' && typeof customer === 'string') return { uid, customer }
    throw new TypeError('uid or customer is missing')
  } catch (cause) {
    throw new Error(`${file} does not say whose repository this is; without the file, it is the present Webspace's`, {
      cause,
    })
  }
}
