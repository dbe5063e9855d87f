import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { eventually } from '../support/eventually.ts'
import { get } from '../support/http.ts'
import { IMAGES_MS, imagesAreGone, imagesOf, pullStatus } from '../support/images.ts'
import { IngressRouter } from '../support/ingress-router.ts'
import { namesOf } from '../support/kubectl.ts'
import { unique } from '../support/lab.ts'
import type { Person, Site } from '../support/person.ts'
import { must } from '../support/run.ts'
import { nodeSite } from '../support/sites.ts'

const [ada, blog] = [unique('ada'), unique('blog')]
const domain = `${blog}.example`
let platform: ClusterPlatform
let router: IngressRouter
let person: Person
let site: Site

beforeAll(async () => {
  router = await IngressRouter.start()
  platform = await ClusterPlatform.start()
  person = await platform.customer(ada, { [blog]: { domain, aliases: [`www.${domain}`] } })
  site = await person.site('blog', nodeSite('one'), platform.cloneUrl(blog))
})
afterAll(async () => {
  await platform.remove()
  await router.stop()
})

/** The nodes lead to new pods a moment after these are ready. */
const shows = async (host: string, text: string): Promise<void> => {
  await eventually(
    () => get({ address: '127.0.0.1', port: router.port, host }),
    ({ body }) => body === text,
  )
}
const isGone = async (host: string): Promise<void> => {
  await eventually(
    () => get({ address: '127.0.0.1', port: router.port, host }),
    ({ status }) => status === 404,
  )
}
const objects = async (): Promise<string[]> =>
  namesOf('deployments,services,ingresses.networking.k8s.io', `--namespace=customer-${ada}`)

async function onlyImagesOfAreGone(branch: string, images: readonly string[]): Promise<void> {
  await imagesAreGone(images, blog, branch)
  const production = await imagesOf(blog, 'main')
  expect(await Promise.all(production.map(pullStatus))).toEqual([200])
}
const TEST_MS = IMAGES_MS + 120_000

test('two branches pushed at once are at the domain and below it', async () => {
  await must(site.git('checkout', '-q', '-b', 'next'))
  await site.commit({ 'text.txt': 'two' })
  const pushed = await must(site.push('main', 'next'))
  expect(pushed.output).toContain(`Live at http://${domain}`)
  expect(pushed.output).toContain(`Live at http://next.${domain}`)
  await shows(domain, 'one')
  await shows(`www.${domain}`, 'one')
  await shows(`next.${domain}`, 'two')
})

test('two pushes at the same time, to two branches, both go live', async () => {
  await site.commit({ 'text.txt': 'three' })
  const clone = await person.site('clone', nodeSite('four'), platform.cloneUrl(blog))
  await Promise.all([must(site.push('next')), must(clone.push('HEAD:other'))])
  await shows(`next.${domain}`, 'three')
  await shows(`other.${domain}`, 'four')
  await shows(domain, 'one')
})

test('a deleted branch takes its objects and images with it, and nothing else', { timeout: TEST_MS }, async () => {
  const images = await imagesOf(blog, 'other')
  expect(await Promise.all(images.map(pullStatus))).toEqual([200])
  expect(await objects()).toHaveLength(9)
  await must(site.push('--delete', 'other'))
  await eventually(objects, (names) => names.length === 6)
  await isGone(`other.${domain}`)
  await shows(`next.${domain}`, 'three')
  await onlyImagesOfAreGone('other', images)
})

test('also when it went while nothing was running', { timeout: TEST_MS }, async () => {
  const images = await imagesOf(blog, 'next')
  expect(await Promise.all(images.map(pullStatus))).toEqual([200, 200])
  await platform.stop()
  await must(person.git(`${platform.folder}/repositories/${blog}.git`, 'update-ref', '-d', 'refs/heads/next'))
  await platform.up()
  await eventually(objects, (names) => names.length === 3)
  await isGone(`next.${domain}`)
  await shows(domain, 'one')
  await onlyImagesOfAreGone('next', images)
})
