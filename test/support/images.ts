import { eventually } from './eventually.ts'
import { get, type Answer } from './http.ts'
import { getObject } from './kubectl.ts'
import { docker, lab } from './lab.ts'
import { must, type Ended } from './run.ts'

/** For tests that wait for {@link imagesAreGone}. */
export const IMAGES_MS = 180_000

const MANIFESTS = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
].join(', ')

/** The images that the Releases of a branch name. */
export async function imagesOf(webspace: string, branch: string): Promise<string[]> {
  const { items } = await getObject<{
    readonly items: readonly { readonly spec: { readonly branch: string; readonly image: string } }[]
  }>('releases', `--selector=webspaces.dev/webspace=${webspace}`)
  return [...new Set(items.filter(({ spec }) => spec.branch === branch).map(({ spec }) => spec.image))]
}

/** The registry's answer to who wants to pull an image: 200, or 404 where it is gone. */
export async function pullStatus(image: string): Promise<number> {
  const [, name = '', digest = ''] = /^[^/]+\/(.+)@(.+)$/.exec(image) ?? []
  return (await askRegistry(`/v2/${name}/manifests/${digest}`)).status
}

/** All tags of a Webspace's images. */
export async function tagsOf(webspace: string): Promise<string[]> {
  const { status, body } = await askRegistry(`/v2/${webspace}/tags/list`)
  if (status === 404) return []
  return ((JSON.parse(body) as { readonly tags: readonly string[] | null }).tags ?? []).toSorted()
}

/** Ids of the images on a daemon that have been built for a Webspace, and for one of its branches. */
export async function imagesOnDaemon(args: readonly string[], webspace: string, branch?: string): Promise<string[]> {
  const labels = [
    `webspaces.dev/webspace=${webspace}`,
    ...(branch === undefined ? [] : [`webspaces.dev/branch=${branch}`]),
  ]
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`])
  return linesOf(await must(docker([...args, 'images', '--all', '--quiet', '--no-trunc', ...filters])))
}

/** Resolves when the registry and the daemon that runs the pods have let go of a Webspace's images, or a branch's. */
export async function imagesAreGone(images: readonly string[], webspace: string, branch?: string): Promise<void> {
  const left = async (): Promise<unknown[]> => [
    ...(await Promise.all(images.map(pullStatus))).filter((status) => status !== 404),
    ...(await imagesOnDaemon(['--host', lab('DOCKER_HOST')], webspace, branch)),
  ]
  // Soon after the last pod has gone, whose container lasts until it is cleared away.
  await eventually(left, ({ length }) => length === 0, IMAGES_MS)
}

/** Ids of all containers on a daemon, running or not. */
export async function containersOnDaemon(args: readonly string[]): Promise<string[]> {
  return linesOf(await must(docker([...args, 'ps', '--all', '--quiet', '--no-trunc'])))
}

function linesOf({ stdout }: Ended): string[] {
  return [...new Set(stdout.split('\n').filter((line) => line !== ''))].toSorted()
}

function askRegistry(path: string): Promise<Answer> {
  const [address = '', port] = lab('REGISTRY').split(':')
  return get({ address, port: Number(port), path, headers: { accept: MANIFESTS } })
}
