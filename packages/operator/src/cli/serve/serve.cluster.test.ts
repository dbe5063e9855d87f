import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { Customer, KubernetesEvent, NetworkPolicy, ResourceQuota, RuntimeResource, Webspace } from '@webspaces/core'
import { generateKeyPair } from '@webspaces/git-ssh'
import { installKinds, kubeconfigOfLab, openCluster } from '../../kubernetes/lab.test.kit.ts'
import { MAIN, temporaryFolder } from '../command.test.kit.ts'

const run = promisify(execFile)
const { cluster, server } = openCluster()
const customer = `serve-${process.pid}`
const namespace = `customer-${customer}`

beforeAll(async () => {
  await installKinds({ cluster, server })
  return () => server.close()
})
beforeEach(() => async () => {
  await cluster.delete(Webspace, { name: customer }).catch(() => undefined)
  await cluster.delete(Customer, { name: customer }).catch(() => undefined)
})

interface Served {
  readonly ssh?: { readonly port: number }
  readonly http: { readonly port: number }
  readonly pid: number
}

async function serve(...args: string[]): Promise<Served & { readonly stop: () => Promise<number | null> }> {
  const stateFile = join(temporaryFolder(), 'state.json')
  const listen = ['--host', '127.0.0.1', '--ssh-port', '0', '--http-port', '0', '--state-file', stateFile]
  const child = spawn(process.execPath, [MAIN, 'serve', '--kubeconfig', kubeconfigOfLab(), ...listen, ...args])
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  const closed = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await closed
  })
  await expect.poll(() => existsSync(stateFile) || child.exitCode !== null, { timeout: 60_000 }).toBe(true)
  expect(child.exitCode, said).toBeNull()
  return {
    ...(JSON.parse(readFileSync(stateFile, 'utf8')) as Served),
    stop: async () => {
      child.kill('SIGTERM')
      await closed
      expect(existsSync(stateFile)).toBe(false)
      return child.exitCode
    },
  }
}

async function leader({ http }: Served): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${http.port}/readyz?verbose`)
  const { checks } = (await answer.json()) as { readonly checks: Record<string, { readonly detail: string }> }
  return checks['leader']?.detail
}

async function applyCustomer(sshKeys: readonly string[] = []): Promise<void> {
  const spec = { name: 'Ada', email: 'ada@example.com', sshKeys, quota: { cpu: '1000m', pods: 10 } }
  await cluster.apply(Customer, Customer.parse({ ...Customer, metadata: { name: customer }, spec }))
}

test('a Customer gets its namespace with its bounds, and an Event, without a further write', async () => {
  const operator = await serve('--roles', 'operator')
  await applyCustomer(['ssh-dss AAAA'])
  await expect
    .poll(async () => (await cluster.get(Customer, { name: customer })).status?.namespace, { timeout: 30_000 })
    .toBe(namespace)
  const [policy] = await cluster.list(NetworkPolicy, { namespace })
  const [quota] = await cluster.list(ResourceQuota, { namespace })
  expect(policy?.spec.ingress[0]?.from).toHaveLength(2)
  expect(quota?.spec.hard).toEqual({ 'requests.cpu': '1', pods: '10' })
  const events = async () =>
    (await cluster.list(KubernetesEvent, { namespace: 'default' }))
      .filter(({ involvedObject }) => involvedObject.name === customer)
      .map(({ type, reason }) => `${type} ${reason}`)
  await expect.poll(events, { timeout: 30_000 }).toEqual(['Warning InvalidKey'])

  expect(await operator.stop()).toBe(0)
  const restarted = await serve('--roles', 'operator')
  await expect.poll(() => leader(restarted), { timeout: 30_000 }).toBe('leading')
  expect((await cluster.list(NetworkPolicy, { namespace }))[0]?.metadata.resourceVersion).toBe(
    policy?.metadata.resourceVersion,
  )
  expect(await events()).toHaveLength(1)
})

test('of two operators one stands by, and takes over when the other has stopped', async () => {
  const first = await serve('--roles', 'operator')
  await expect.poll(() => leader(first), { timeout: 30_000 }).toBe('leading')
  const second = await serve('--roles', 'operator')
  expect(await leader(second)).toBe('standing by')
  expect(await first.stop()).toBe(0)
  await expect.poll(() => leader(second), { timeout: 30_000 }).toBe('leading')
})

test('a git server tells who pushes why an image cannot be built, and a key counts at once', async () => {
  const dir = temporaryFolder()
  const git = await serve(
    ...['--roles', 'git,operator', '--repositories', join(dir, 'repositories'), '--host-key', join(dir, 'host_key')],
    // Nothing listens on either.
    ...['--docker', 'tcp://127.0.0.1:9', '--registry', '127.0.0.1:9'],
  )
  const { privateKey, publicKey } = generateKeyPair('ada')
  writeFileSync(join(dir, 'key'), privateKey, { mode: 0o600 })
  await applyCustomer([publicKey])
  await cluster.apply(
    RuntimeResource,
    RuntimeResource.parse({ ...RuntimeResource, metadata: { name: 'node' }, spec: { plugin: 'node' } }),
  )
  await cluster.apply(
    Webspace,
    Webspace.parse({ ...Webspace, metadata: { name: customer }, spec: { customer, runtime: 'node' } }),
  )

  const env = {
    ...process.env,
    GIT_SSH_COMMAND: `ssh -i ${dir}/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null`,
  }
  const site = join(dir, 'site')
  await expect
    .poll(
      () =>
        run('git', ['clone', '-q', `ssh://git@127.0.0.1:${git.ssh?.port}/${customer}.git`, site], { env }).then(
          () => '',
          String,
        ),
      { timeout: 30_000 },
    )
    .toBe('')
  writeFileSync(join(site, 'package.json'), JSON.stringify({ scripts: { start: 'node server.js' } }))
  writeFileSync(join(site, 'server.js'), '')
  await run('git', ['add', '.'], { cwd: site })
  await run('git', ['-c', 'user.name=Ada', '-c', 'user.email=a@example.com', 'commit', '-qm', 'First'], { cwd: site })
  const refused = await run('git', ['push', 'origin', 'HEAD:main'], { cwd: site, env }).then(() => '', String)
  expect(refused).toMatch(/WS_(REGISTRY|BUILDER)_UNAVAILABLE/)
  expect(refused).toContain('the former version stays live')
  const metrics = await fetch(`http://127.0.0.1:${git.http.port}/metrics`).then((answer) => answer.text())
  expect(metrics).toMatch(
    /webspaces_push_phase_seconds_count\{phase="\w+",result="WS_(REGISTRY|BUILDER)_UNAVAILABLE"\} 1/,
  )
  expect(await git.stop()).toBe(0)
})
