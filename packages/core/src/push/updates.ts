import type { RefUpdate } from '../contracts/push.ts'
import { coreError } from '../errors/catalogue.ts'
import { isBranchName } from '../resources/fields.ts'

/** A push, sorted by what has to be done for each of its refs. */
export interface SortedUpdates {
  readonly builds: readonly BranchUpdate[]
  readonly deletions: readonly string[]
}

/** A branch that is to point at another commit. */
export interface BranchUpdate {
  readonly ref: string
  readonly branch: string
  readonly old?: string
  readonly commit: string
}

const HEADS = 'refs/heads/'
const TAGS = 'refs/tags/'
const MAX_NAME = 200

/** Tags are kept and not built. @throws WS_PUSH_EMPTY, WS_PUSH_TOO_MANY_REFS, WS_PUSH_REF */
export function sortUpdates(updates: readonly RefUpdate[], maxRefs: number): SortedUpdates {
  if (updates.length === 0) throw coreError('WS_PUSH_EMPTY', 'the push names no ref')
  if (updates.length > maxRefs) {
    throw coreError('WS_PUSH_TOO_MANY_REFS', `${updates.length} refs in one push, ${maxRefs} are allowed`)
  }
  const builds: BranchUpdate[] = []
  const deletions: string[] = []
  for (const { ref, old, new: commit } of updates) {
    const branch = checkedName(ref)
    if (branch === undefined) continue
    if (commit === undefined) deletions.push(branch)
    else builds.push({ ref, branch, commit, ...(old === undefined ? {} : { old }) })
  }
  return { builds, deletions }
}

/** The branch's name, or undefined for a tag. */
function checkedName(ref: string): string | undefined {
  const prefix = [HEADS, TAGS].find((each) => ref.startsWith(each))
  const name = prefix === undefined ? '' : ref.slice(prefix.length)
  if (name.length > MAX_NAME) {
    throw coreError('WS_PUSH_REF', `the name ${quote(ref)} is longer than ${MAX_NAME} characters`)
  }
  if (prefix === undefined || !isBranchName(name)) {
    throw coreError('WS_PUSH_REF', `${quote(ref)} cannot be pushed: only branches and tags can`)
  }
  return prefix === HEADS ? name : undefined
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
