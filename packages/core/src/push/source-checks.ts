import type { SourceTree } from '../contracts/source.ts'
import { coreError } from '../errors/catalogue.ts'
import type { PushLimits } from '../plugin/config.ts'

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is under 1024 bytes and begins so. */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/'
const LFS_SIZE = { min: 100, max: 200 }
const LFS_CANDIDATES = 200

/** What a tree must not have, whatever builds it. @throws WS_PUSH_TOO_LARGE, WS_PUSH_SUBMODULE, WS_PUSH_LFS */
export async function checkSource(tree: SourceTree, branch: string, limits: PushLimits): Promise<void> {
  const bytes = tree.entries.reduce((sum, entry) => sum + entry.size, 0)
  if (bytes > limits.maxTreeBytes) {
    throw coreError('WS_PUSH_TOO_LARGE', `${branch} has ${bytes} bytes of files, ${limits.maxTreeBytes} are allowed`)
  }
  const submodule = tree.entries.find((entry) => entry.type === 'submodule')
  if (submodule !== undefined && !tree.has('.gitmodules')) {
    throw coreError('WS_PUSH_SUBMODULE', `${submodule.path} in ${branch} is a submodule without a .gitmodules file`)
  }
  await checkLfs(tree, branch)
}

/** Only where .gitattributes speaks of LFS, and only files of a pointer's size: the rest cannot be one. */
async function checkLfs(tree: SourceTree, branch: string): Promise<void> {
  const attributes = tree.entries.filter(({ path }) => path === '.gitattributes' || path.endsWith('/.gitattributes'))
  const texts = await Promise.all(attributes.slice(0, 20).map(({ path }) => tree.read(path)))
  if (!texts.some((text) => text?.includes('filter=lfs') === true)) return
  const candidates = tree.entries.filter(
    ({ type, size }) => type !== 'submodule' && size >= LFS_SIZE.min && size <= LFS_SIZE.max,
  )
  for (const { path } of candidates.slice(0, LFS_CANDIDATES)) {
    if ((await tree.read(path))?.startsWith(LFS_POINTER) === true) {
      throw coreError('WS_PUSH_LFS', `${path} in ${branch} is a Git LFS pointer`)
    }
  }
}
