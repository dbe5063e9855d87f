import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { folderBytes } from './folder-size.ts'
import { digestOf, parseImage, type Image } from './image.ts'

/**
 * The images of one machine: `DIR/images/<hex digest>/{image.json,app/}`.
 *
 * An image appears and disappears by one rename, so nobody ever sees half of one: it is made in `DIR/tmp`, and goes
 * back there to be removed.
 */
export class ImageStore {
  readonly dir: string
  readonly #images: string
  readonly #tmp: string
  /** What is on disk, by digest. Read once: nobody else writes there while a platform runs. */
  #known: Promise<Map<string, Image>> | undefined
  /** How many replicas run from an image, by reference. */
  readonly #used = new Map<string, number>()

  constructor(dir: string) {
    this.dir = dir
    this.#images = join(dir, 'images')
    this.#tmp = join(dir, 'tmp')
  }

  /** Removes what builds and processes of an earlier run left half done. Call it before the first of this run. */
  async sweep(): Promise<void> {
    await rm(this.#tmp, { recursive: true, force: true })
    this.#known = undefined
  }

  /** A new folder in `DIR/tmp` that is the caller's, to remove or to make an image of. Only this user can look into it. */
  async scratch(prefix: string): Promise<string> {
    const path = join(this.#tmp, `${prefix}-${randomUUID().slice(0, 8)}`)
    await mkdir(path, { recursive: true, mode: 0o700 })
    return path
  }

  /** Makes the folder `<scratch>/app` the files of an image. The rest of the scratch folder goes. */
  async add(image: Image, scratch: string): Promise<void> {
    const digest = digestOf(image.image)
    const known = await this.#all()
    const whole = join(scratch, 'image')
    await mkdir(whole)
    await rename(join(scratch, 'app'), join(whole, 'app'))
    await writeFile(join(whole, 'image.json'), `${JSON.stringify(image, undefined, 2)}\n`)
    await mkdir(this.#images, { recursive: true })
    await rename(whole, join(this.#images, digest))
    known.set(digest, image)
    await rm(scratch, { recursive: true, force: true })
  }

  /** The image and the folder of its files, or undefined if it is not here (any more). */
  async read(reference: string): Promise<{ readonly image: Image; readonly folder: string } | undefined> {
    const digest = digestOf(reference)
    const image = (await this.#all()).get(digest)
    const folder = join(this.#images, digest, 'app')
    return image !== undefined && (await isFolder(folder)) ? { image, folder } : undefined
  }

  /** Something runs from the image, which is not to be removed until the returned function is called. */
  use(reference: string): () => void {
    this.#used.set(reference, (this.#used.get(reference) ?? 0) + 1)
    return () => {
      const left = (this.#used.get(reference) ?? 0) - 1
      if (left > 0) this.#used.set(reference, left)
      else this.#used.delete(reference)
    }
  }

  isUsed(reference: string): boolean {
    return this.#used.has(reference)
  }

  /** The newest image that was built with this key. */
  async has(buildKey: string): Promise<string | undefined> {
    const candidates = (await this.list()).filter((image) => image.buildKey === buildKey)
    for (const { image } of candidates.toReversed()) if ((await this.read(image)) !== undefined) return image
    return undefined
  }

  /** All images, oldest first. */
  async list(): Promise<Image[]> {
    return [...(await this.#all()).values()].sort((a, b) => a.created.localeCompare(b.created))
  }

  /** Removes an image; resolves to the bytes that its files took. Nothing happens if it is not there. */
  async remove(reference: string): Promise<number> {
    const digest = digestOf(reference)
    const known = await this.#all()
    if (!known.delete(digest)) return 0
    const scratch = await this.scratch('removed')
    await rename(join(this.#images, digest), join(scratch, 'image')).catch(ignoreMissing)
    const bytes = await folderBytes(scratch)
    await rm(scratch, { recursive: true, force: true })
    return bytes
  }

  #all(): Promise<Map<string, Image>> {
    this.#known ??= this.#load()
    return this.#known
  }

  /** A folder whose image.json is missing or broken is no image; it harms no other. */
  async #load(): Promise<Map<string, Image>> {
    const images = new Map<string, Image>()
    for (const digest of (await readdir(this.#images).catch(ignoreMissing)) ?? []) {
      const text = await readFile(join(this.#images, digest, 'image.json'), 'utf8').catch(() => '')
      const image = parseImage(text)
      if (image !== undefined) images.set(digest, image)
    }
    return images
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(ignoreMissing)
  return found?.isDirectory() === true
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
