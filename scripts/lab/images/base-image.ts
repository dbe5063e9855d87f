import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

/** An image that the lab makes, since nothing here comes from the internet but Debian's and npm's packages. */
export interface BaseImage {
  /** All of them mean the same image. */
  readonly names: readonly [string, ...string[]]
  readonly base?: BaseImage
  /** Files, folders and words that decide what is in it: it is made again when one of them changes. */
  readonly ingredients: readonly string[]
  /** Makes an image of that name. `work` is an empty folder for what that takes. */
  make(name: string, work: string): Promise<void>
}

/** The same for the same ingredients, and those of the base. */
export function recipeOf(image: BaseImage): string {
  const hash = createHash('sha256').update(image.base === undefined ? '' : recipeOf(image.base))
  for (const ingredient of image.ingredients) {
    hash.update(`\0${ingredient.startsWith('/') ? '' : ingredient}`)
    for (const file of filesOf(ingredient)) hash.update('\0').update(readFileSync(file))
  }
  return hash.digest('hex')
}

export function imageFolder(name: string): string {
  return resolve(import.meta.dirname, name)
}

function filesOf(ingredient: string): string[] {
  if (!ingredient.startsWith('/')) return []
  if (statSync(ingredient).isFile()) return [ingredient]
  const all = globSync('**', { cwd: ingredient }).map((path) => resolve(ingredient, path))
  return all.filter((path) => statSync(path).isFile()).sort()
}
