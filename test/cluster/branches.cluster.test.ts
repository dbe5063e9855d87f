import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform, namesOf } from '../support/cluster-platform.ts'
import { get } from '../support/http.ts'
import { IngressRouter } from '../support/ingress-router.ts'
import { unique } from '../support/lab.ts'
import { eventually, must, type Person, type Site } from '../support/person.ts'
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

test('a deleted branch takes its objects with it, and nothing else', async () => {
  expect(await objects()).toHaveLength(9)
  await must(site.push('--delete', 'other'))
  await eventually(objects, (names) => names.length === 6)
  await isGone(`other.${domain}`)
  await shows(`next.${domain}`, 'three')
})

test('also when it went while nothing was running', async () => {
  await platform.stop()
  await must(person.git(`${platform.folder}/repositories/${blog}.git`, 'update-ref', '-d', 'refs/heads/next'))
  await platform.up()
  await eventually(objects, (names) => names.length === 3)
  await isGone(`next.${domain}`)
  await shows(domain, 'one')
})
