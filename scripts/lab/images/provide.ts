/** Makes the base images that are missing, and offers them to every daemon. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { BASE_IMAGES } from '../addresses.ts'
import { dockerdTls } from '../parts/dockerd.ts'
import { paths } from '../paths.ts'
import { recipeOf, type BaseImage } from './base-image.ts'
import { debianImage, toolsImage } from './debian.ts'
import { docker, type DockerOptions } from './docker.ts'
import { nodeImages } from './node.ts'
import { pauseImage } from './pause.ts'
import { composerImage, phpImage } from './php.ts'

/** A base comes before what is made from it. */
const IMAGES: readonly BaseImage[] = [pauseImage, debianImage, toolsImage, ...nodeImages, phpImage, composerImage]

export const IMAGE_NAMES: readonly string[] = IMAGES.flatMap((image) => image.names)

/** What has been made, and offered. */
type Records = Record<string, { readonly recipe: string; readonly id: string }>

const recordFile = resolve(paths.root, 'images.json')

export async function provideImages(tell: (what: string) => void): Promise<void> {
  const records = readRecords()
  for (const image of IMAGES) {
    const recipe = recipeOf(image)
    const [name] = image.names
    const known = records[name]
    if (known?.recipe === recipe && (await idOf(name)) === known.id) continue
    tell(`making ${name}`)
    await make(image)
    // Written after each, so that a failure costs only the one that failed.
    writeRecords(Object.assign(records, { [name]: { recipe, id: (await idOf(name)) ?? '' } }))
  }
  rmSync(paths.cache.work, { recursive: true, force: true })
}

async function make(image: BaseImage): Promise<void> {
  const work = resolve(paths.cache.work, 'image')
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  const [name, ...others] = image.names
  await image.make(name, work)
  for (const other of others) await docker(['tag', name, other])
  for (const each of image.names.filter(isOfficial)) await offer(each)
  rmSync(work, { recursive: true, force: true })
}

/** To the mirror, where they have the names that Docker Hub knows them by. */
async function offer(name: string): Promise<void> {
  const mirrored = `${BASE_IMAGES}/library/${name}`
  await docker(['tag', name, mirrored])
  await docker(['push', '--quiet', mirrored], { seconds: 300 })
  await docker(['rmi', mirrored])
  // It may have pulled the one before, and would not ask again.
  const second = { daemon: dockerdTls.name }
  if ((await idOf(name, second)) !== undefined) await docker(['rmi', '--force', name], second)
}

function isOfficial(name: string): boolean {
  return !name.includes('/')
}

async function idOf(name: string, options: DockerOptions = {}): Promise<string | undefined> {
  const ids = await docker(['image', 'ls', '--quiet', '--no-trunc', name], options)
  return ids === '' ? undefined : ids.split('\n')[0]
}

function readRecords(): Records {
  return existsSync(recordFile) ? (JSON.parse(readFileSync(recordFile, 'utf8')) as Records) : {}
}

function writeRecords(records: Records): void {
  writeFileSync(recordFile, JSON.stringify(records, null, 2))
}
