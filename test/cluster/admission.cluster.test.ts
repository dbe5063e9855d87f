import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClusterPlatform } from '../support/cluster-platform.ts'
import { kubectl } from '../support/kubectl.ts'
import { unique } from '../support/lab.ts'
import type { Site } from '../support/person.ts'
import { must } from '../support/run.ts'
import { serves } from '../support/service.ts'
import { nodeSite } from '../support/sites.ts'

const [ada, blog] = [unique('ada'), unique('blog')]
const inNamespace = `--namespace=customer-${ada}`
let platform: ClusterPlatform
let site: Site

beforeAll(async () => {
  platform = await ClusterPlatform.start()
  const person = await platform.customer(ada, { [blog]: {} })
  site = await person.site('blog', nodeSite('one'), platform.cloneUrl(blog))
  await must(site.push())
})
afterAll(() => platform.remove())

test('what the cluster does not take is told in the push, and production goes on', async () => {
  const hard = '--hard=count/ingresses.networking.k8s.io=1'
  await must(kubectl(['create', 'quota', 'one-ingress', hard, inNamespace]))
  await site.commit({ 'text.txt': 'two' })
  const { output } = await must(site.push('HEAD:main', 'HEAD:next'))
  expect(output).toMatch(/main: .*Live at/)
  expect(output).toMatch(/next: .*rollout failed.*Ingress.*exceeded quota: one-ingress/)
  expect(output).not.toMatch(/next: .*Live at/)
  await serves(ada, blog, 'two')
})

test('once it is taken, the same release is live', async () => {
  await must(kubectl(['delete', 'quota/one-ingress', inNamespace]))
  const live = '--for=jsonpath={.status.rollout.phase}=Live'
  await must(
    kubectl([
      'wait',
      'release',
      `--selector=webspaces.dev/webspace=${blog},webspaces.dev/branch=next`,
      live,
      '--timeout=90s',
    ]),
  )
  await must(kubectl(['wait', `webspace/${blog}`, '--for=condition=Ready', '--timeout=60s']))
})
