import { answer } from '../wait.ts'
import { docker } from './docker.ts'
import { IMAGE_NAMES } from './provide.ts'

/** Brings a daemon back to nothing but the base images: what one run built cannot help the next. */
export async function tidyDaemon(daemon: string): Promise<void> {
  const containers = lines(await docker(['ps', '--all', '--quiet'], { daemon }))
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers], { daemon, seconds: 300 })
  await removeImages(daemon)
  await docker(['builder', 'prune', '--all', '--force'], { daemon, seconds: 300 })
  for (const kind of ['volume', 'network']) await docker([kind, 'prune', '--force'], { daemon })
}

async function removeImages(daemon: string): Promise<void> {
  const format = '{{.ID}} {{.Repository}}:{{.Tag}}'
  const listing = lines(await docker(['image', 'ls', '--no-trunc', '--format', format], { daemon }))
  const images = listing.map((line) => line.split(' ')).map(([id = '', name = '']) => ({ id, name }))
  const kept = new Set(images.filter(({ name }) => IMAGE_NAMES.includes(name)).map(({ id }) => id))
  // A base image that was given another name loses that name; every other image goes, whatever its names are.
  const unwanted = images.flatMap(({ id, name }) => {
    if (!kept.has(id)) return [id]
    return IMAGE_NAMES.includes(name) || name.endsWith(':<none>') ? [] : [name]
  })
  // One that a base image is made from stays: the daemon refuses to remove it, and it takes no space of its own.
  for (const image of new Set(unwanted))
    await answer(async () => (await docker(['image', 'rm', '--force', image], { daemon })) !== '')
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
