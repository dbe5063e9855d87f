import { refuse, shown, type SourceTree } from '@webspaces/core'

const FOLDERS = ['public', 'web', '.']

/**
 * The folder that is served: the one that is named, or else the first of public/, web/ and the root that has an index.
 * @param named in composer.json or a Procfile, with where it is named
 * @returns undefined if there is none
 * @throws a refusal if the named one is not in the tree
 */
export function findDocumentRoot(
  source: SourceTree,
  named: { readonly folder: string; readonly where: string; readonly path: string } | undefined,
): string | undefined {
  if (named !== undefined) {
    const folder = named.folder.replace(/^\.\//, '').replace(/\/+$/, '') || '.'
    if (isPlainPath(folder) && (folder === '.' || source.entries.some(({ path }) => path.startsWith(`${folder}/`)))) {
      return folder
    }
    throw refuse(
      named.path,
      `${named.where} names the folder "${shown(named.folder)}", which is not in the tree`,
      'Name the folder that holds index.php, relative to the root.',
    )
  }
  return (
    FOLDERS.find((folder) => source.has(inFolder(folder, 'index.php'))) ??
    FOLDERS.find((folder) => source.has(inFolder(folder, 'index.html'))) ??
    (source.entries.some(({ path }) => /^[^/]+\.php$/.test(path)) ? '.' : undefined)
  )
}

export function inFolder(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`
}

/** Nothing that a shell, Apache or a Dockerfile would read as more than a name. */
function isPlainPath(folder: string): boolean {
  return folder === '.' || /^\w[\w.-]{0,100}(\/\w[\w.-]{0,100}){0,5}$/.test(folder)
}
