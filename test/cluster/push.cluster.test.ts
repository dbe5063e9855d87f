import { cp } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { imagesOf } from '../support/images.ts'
import { getObject, kubectl } from '../support/kubectl.ts'
import { unique } from '../support/lab.ts'
import type { Person, Site } from '../support/person.ts'
import { resource } from '../support/resources.ts'
import { must } from '../support/run.ts'
import { serves } from '../support/service.ts'

const [ada, node, php, own] = [unique('ada'), unique('node-site'), unique('php-site'), unique('own-site')]
let platform: ClusterPlatform
let person: Person

beforeAll(async () => {
  platform = await ClusterPlatform.start()
  person = await platform.customer(ada, { [node]: {}, [own]: {} })
  await platform.apply(resource('Webspace', php, { customer: ada, runtime: 'php' }))
})
afterAll(() => platform.remove())

async function example(name: string, webspace: string): Promise<Site> {
  const site = await person.site(webspace, {}, platform.cloneUrl(webspace))
  await cp(new URL(`../../examples/${name}/`, import.meta.url), site.folder, { recursive: true })
  await site.commit({})
  return site
}

async function isReady(webspace: string): Promise<void> {
  await must(kubectl(['wait', '--for=condition=Ready', `webspace/${webspace}`, '--timeout=60s']))
}

test('a repository with package.json becomes a site, and the next push replaces it', async () => {
  const site = await example('hello-node', node)
  const pushed = await must(site.push())
  expect(pushed.output).toContain('Started by scripts.start')
  expect(pushed.output).not.toContain("repository's own Dockerfile")
  expect(pushed.output).toContain(`Live at http://${node}.localhost`)
  await isReady(node)
  await serves(ada, node, '<!doctype html>')

  await site.commit({ 'site/index.html': 'the second version' })
  await must(site.push())
  await serves(ada, node, 'the second version')
})

test('a repository with composer.json becomes a site', async () => {
  const site = await example('hello-php', php)
  await site.commit({ 'public/sum.php': '<?php echo 40 + 2;' })
  expect((await must(site.push())).output).toContain(`Live at http://${php}.localhost`)
  await isReady(php)
  await serves(ada, php, 'It is live.')
  await serves(ada, php, '42', '/sum.php')
})

test('the same tree on another branch is live with the same image, and without a build', async () => {
  const clone = await person.site('clone', {}, platform.cloneUrl(node))
  await must(clone.git('fetch', '-q', 'origin', 'main'))
  const logged = platform.output.length
  await must(clone.push('FETCH_HEAD:refs/heads/same'))
  await serves(ada, `${node}--same`, 'the second version')
  expect(platform.output.slice(logged)).not.toContain('build started')
  expect(await imagesOf(node, 'same')).toEqual((await imagesOf(node, 'main')).slice(-1))
})

test("a repository's own Dockerfile is used as it is", async () => {
  const site = await person.site(
    own,
    {
      Dockerfile: 'FROM node:24-bookworm-slim\nCOPY main.js /\nUSER 1000\nCMD ["node", "/main.js"]\n',
      'main.js': "require('node:http').createServer((q, r) => r.end('my own')).listen(process.env.PORT)",
    },
    platform.cloneUrl(own),
  )
  expect((await must(site.push())).output).toContain("the repository's own Dockerfile")
  await isReady(own)
  await serves(ada, own, 'my own')
})

test('what runs is what was pushed, by digest, and with no more rights than it needs', async () => {
  interface Deployment {
    readonly spec: {
      readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } }
    }
  }
  const release = await getObject<{ readonly spec: { readonly image: string } }>('release', `${node}-2`)
  const { spec } = await getObject<Deployment>('deployment', node, `--namespace=customer-${ada}`)
  expect(spec.template.spec.containers.map(({ image }) => image)).toEqual([release.spec.image])
  expect(release.spec.image).toMatch(/@sha256:[0-9a-f]{64}$/)
  expect(spec.template.spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  })
})
