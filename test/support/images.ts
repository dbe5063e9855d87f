import { get, type Answer } from './http.ts'
import { getObject } from './kubectl.ts'
import { docker, lab } from './lab.ts'
import { must, type Ended } from './run.ts'

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
