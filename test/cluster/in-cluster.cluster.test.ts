import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writesOf } from '../support/api-server.ts'
import { eventually } from '../support/eventually.ts'
import { get } from '../support/http.ts'
import { Installation, type Lease } from '../support/installation.ts'
import { getObject, kubectl, namesOf } from '../support/kubectl.ts'
import { unique } from '../support/lab.ts'
import type { Site } from '../support/person.ts'
import { must, run } from '../support/run.ts'
import { Samples } from '../support/samples.ts'
import { serves } from '../support/service.ts'
import { nodeSite, slowSite } from '../support/sites.ts'

const [ada, blog] = [unique('ada'), unique('blog')]
const OWNED = ['deployments', 'services', 'ingresses.networking.k8s.io']
/** What is promised of two operators. */
const TAKEOVER_MS = 20_000
/** In which a version is not ready, so that its rollout goes on when the next one leads. */
const OUTLASTS_A_TAKEOVER_S = 40
const LIMIT_MS = 60_000

let installation: Installation
let site: Site

beforeAll(
  async () => {
    installation = await Installation.start()
    const person = await installation.customer(ada, { [blog]: {} })
    site = await person.site('blog', nodeSite('one'), await installation.cloneUrl(blog))
  },
  // An image is built.
  20 * 60_000,
)
afterAll(() => installation.remove(), 5 * 60_000)

interface Release {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly webspace: string; readonly number: number; readonly image: string }
  readonly status?: { readonly rollout?: { readonly phase: string; readonly replicas: number } }
}

const inNamespace = `--namespace=customer-${ada}`
const release = (number: number): Promise<Release> => getObject<Release>('release', `${blog}-${number}`)
const podOf = (lease: Lease): string => lease.holderIdentity.replace(/_.*/, '')

/** How often anybody has asked to write what a site consists of. */
function writes(): Promise<Record<string, number>> {
  return writesOf(['deployments', 'services', 'ingresses', 'networkpolicies', 'namespaces', 'releases'])
}

/** Object → version of its spec, or of all of it where it has none. Deployments' status is not the operator's. */
async function versions(): Promise<Record<string, unknown>> {
  interface Objects {
    readonly items: readonly {
      readonly kind: string
      readonly metadata: { readonly name: string; readonly generation?: number; readonly resourceVersion: string }
    }[]
  }
  const { items } = await getObject<Objects>(OWNED.join(), inNamespace)
  return Object.fromEntries(
    items.map(({ kind, metadata }) => [
      `${kind} ${metadata.name}`,
      kind === 'Deployment' ? metadata.generation : metadata.resourceVersion,
    ]),
  )
}

/** What has been told of a site, each with how often. */
async function events(): Promise<readonly (readonly [told: string, count: number])[]> {
  interface Events {
    readonly items: readonly {
      readonly involvedObject: { readonly name: string }
      readonly reason: string
      readonly message: string
      readonly count: number
    }[]
  }
  const { items } = await getObject<Events>('events', '--namespace=default', '--field-selector=source=webspaces')
  return items
    .filter(({ involvedObject: { name } }) => name === blog || name.startsWith(`${blog}-`))
    .map(({ involvedObject, reason, message, count }) => [`${involvedObject.name} ${reason}: ${message}`, count])
}

/** Kills the pod that leads. @returns the Lease as it left it, and as the next one has it */
async function killLeader(): Promise<{ readonly former: Lease; readonly next: Lease }> {
  let former = await installation.lease()
  const leader = podOf(former)
  await installation.kill(leader)
  const next = await eventually(
    async () => {
      const lease = await installation.lease()
      if (podOf(lease) === leader) former = lease
      return lease
    },
    (lease) => podOf(lease) !== leader,
    LIMIT_MS,
  )
  return { former, next }
}

test('the git server in the cluster takes a push, and what is pushed goes live', async () => {
  expect((await must(site.push())).output).toContain('Live at')
  await serves(ada, blog, 'one')
  expect((await namesOf('pods', inNamespace, '--field-selector=status.phase=Running')).length).toBe(1)
})

test('a leader that is killed in the middle of a rollout is replaced within 20 s, and nothing is done twice', async () => {
  await site.commit(slowSite('two', OUTLASTS_A_TAKEOVER_S))
  const pushed = site.push()
  await eventually(
    () => release(2).catch(() => undefined),
    (found) => found?.status?.rollout?.phase === 'Progressing' && found.status.rollout.replicas === 1,
    LIMIT_MS,
  )
  const before = { versions: await versions(), writes: await writes() }
  const { former, next } = await killLeader()

  // The Lease's own times: how busy this machine is does not count.
  const awayMs = Date.parse(next.acquireTime) - Date.parse(former.renewTime)
  console.log(`Lease of ${former.leaseDurationSeconds} s: taken ${awayMs / 1000} s after it was last renewed`)
  expect(awayMs).toBeLessThan(TAKEOVER_MS)
  expect(awayMs).toBeGreaterThan((former.leaseDurationSeconds - 1) * 1000)
  expect(next.leaseTransitions).toBe(former.leaseTransitions + 1)

  expect((await release(2)).status?.rollout?.phase).toBe('Progressing')

  expect((await must(pushed)).output).toContain('Live at')
  await serves(ada, blog, 'two')
  expect((await release(2)).status?.rollout?.phase).toBe('Live')
  expect({ versions: await versions(), writes: await writes() }).toEqual(before)

  // The one that stood by, or the one in the place of the former if it was quick.
  const leader = (await installation.pods('operator')).find(({ metadata }) => metadata.name === podOf(next))
  const counted = new Samples((await get({ address: leader?.status.podIP ?? '', port: 8080, path: '/metrics' })).body)
  expect(counted.sum('leader_election_master_status')).toBe(1)
  expect(counted.sum('controller_runtime_reconcile_errors_total')).toBe(0)
})

test('a push that comes while nobody leads is rolled out once, by the one that is next', async () => {
  await installation.available()
  await site.commit(nodeSite('three'))
  const before = await writes()
  const [{ former, next }, { output }] = await Promise.all([killLeader(), must(site.push())])
  expect(next.leaseTransitions).toBe(former.leaseTransitions + 1)
  expect(output).toContain('Live at')
  await serves(ada, blog, 'three')
  expect((await writes())['deployments']).toBe((before['deployments'] ?? 0) + 1)
})

test('one Release and one revision came of each push, and each thing was told once', async () => {
  interface Objects {
    readonly items: readonly { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } }[]
  }
  const releases = (await getObject<{ items: Release[] }>('releases')).items.filter(
    ({ spec }) => spec.webspace === blog,
  )
  expect(releases.map(({ spec }) => spec.number).sort()).toEqual([1, 2, 3])
  const { items } = await getObject<Objects>('replicasets', inNamespace)
  const revisions = items.map(({ metadata }) => metadata.annotations['deployment.kubernetes.io/revision'])
  expect(revisions.sort()).toEqual(['1', '2', '3'])
  const told = await events()
  expect(told.map(([what]) => what)).toContainEqual(expect.stringContaining(`${blog}-3 Succeeded`))
  expect(new Set(told.map(([what]) => what)).size).toBe(told.length)
  expect(told.filter(([, count]) => count !== 1)).toEqual([])
})

test(
  'a git server that starts anew has its repositories, and the host key that clients know',
  async () => {
    await installation.restartGit()
    const address = await installation.sshAddress()
    const known = await eventually(
      () => run('ssh-keyscan', ['-t', 'ed25519', address]),
      ({ stdout }) => stdout !== '',
    )
    const [, key] = (await readFile(join(installation.folder, 'host_key.pub'), 'utf8')).split(' ')
    expect(known.stdout).toContain(key)
    expect((await must(site.git('ls-remote', 'origin', 'main'))).stdout).toContain(await site.head())
  },
  8 * 60_000,
)

test('all of it was done with the rights that are shipped, and no others', async () => {
  interface Bindings {
    readonly items: readonly {
      readonly kind: string
      readonly metadata: { readonly name: string }
      readonly subjects?: readonly { readonly namespace?: string }[]
    }[]
  }
  const { items } = await getObject<Bindings>('clusterrolebindings,rolebindings', '--all-namespaces')
  const ours = items.filter(({ subjects = [] }) => subjects.some((who) => who.namespace === installation.namespace))
  expect(ours.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
    'ClusterRoleBinding webspaces-git',
    'ClusterRoleBinding webspaces-operator',
    'RoleBinding webspaces-operator',
  ])
  for (const component of ['git', 'operator'] as const) {
    const pods = await installation.pods(component)
    expect(pods.map(({ spec }) => spec.serviceAccountName)).toEqual(pods.map(() => `webspaces-${component}`))
    const account = `system:serviceaccount:${installation.namespace}:webspaces-${component}`
    for (const asked of [
      ['get', 'secrets'],
      ['create', 'pods'],
      ['delete', 'namespaces'],
      ['patch', 'webspaces'],
    ]) {
      const may = await kubectl(['auth', 'can-i', ...asked, `--as=${account}`, '--all-namespaces'])
      // A Webspace's finalizer is the git server's.
      expect([...asked, may.stdout.trim()]).toEqual([
        ...asked,
        asked[1] === 'webspaces' && component === 'git' ? 'yes' : 'no',
      ])
    }
  }
  expect(await installation.logs()).not.toMatch(/forbidden/i)
})
