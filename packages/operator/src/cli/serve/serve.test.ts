import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder, webspaces } from '../command.test.kit.ts'

const GIT = ['--repositories', 'r', '--host-key', 'k', '--docker', 'tcp://127.0.0.1:1', '--registry', '127.0.0.1:1']
const PORTS = ['--host', '127.0.0.1', '--ssh-port', '0', '--http-port', '0']

test.each([
  ['a role that there is none of', ['--roles', 'git,web'], /--roles.*roles are git and operator/],
  ['git without its repositories', GIT.slice(2), /role git needs --repositories/],
  ['git without a host key', [...GIT.slice(0, 2), ...GIT.slice(4)], /role git needs --host-key/],
  ['git without a daemon', [...GIT.slice(0, 4), ...GIT.slice(6)], /role git needs --docker/],
  ['git without a registry', GIT.slice(0, 6), /role git needs --registry/],
  ['one port for both', [...GIT, '--ssh-port', '2345', '--http-port', '2345'], /both 2345/],
  ['a policy that there is none of', ['--reclaim-policy', 'Recycle'], /--reclaim-policy.*choices are Delete, Retain/],
  ['no place to build in', ['--builds', '0'], /--builds .*from 1 to/],
  ['no place for a customer', ['--builds-per-customer', '0'], /--builds-per-customer .*from 1 to/],
  ['a daemon that is no URL', ['--docker', 'builder'], /--docker.*builder is not/],
  [
    'a kubeconfig that is not there',
    [...GIT, '--kubeconfig', '/nowhere/kubeconfig'],
    /--kubeconfig: .*ENOENT.*\/nowhere\/kubeconfig/,
  ],
  [
    'certificates that are not there',
    [...GIT, '--docker-cert-path', '/nowhere'],
    /--docker-cert-path: .*\/nowhere\/ca\.pem/,
  ],
])('%s is refused, and nothing is done', async (_what, args, problem) => {
  const { code, stdout, stderr } = await webspaces(['serve', ...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^WS_USAGE: /)
  expect(stderr).toMatch(problem)
})

test('options come from the environment as well, and a wrong one names its variable', async () => {
  const { code, stderr } = await webspaces(['serve'], { env: { WEBSPACES_HTTP_PORT: 'tcp://10.96.0.1:80' } })
  expect(code).toBe(2)
  expect(stderr).toMatch(/^WS_USAGE: .*'WEBSPACES_HTTP_PORT'/)
})

test('what only git needs is of no concern to the operator', async () => {
  const { stderr } = await webspaces(['serve', '--roles', 'operator', '--kubeconfig', '/nowhere/kubeconfig'], {
    env: { WEBSPACES_DOCKER_CERT_PATH: '/nowhere', WEBSPACES_REGISTRY_CONFIG: '/nowhere/config.json' },
  })
  expect(stderr).toMatch(/^WS_USAGE: --kubeconfig: /)
  expect(stderr).not.toContain('docker-cert-path')
})

test('a cluster that cannot be reached is named, and no state is left', async () => {
  const dir = temporaryFolder()
  const [kubeconfig, state] = [join(dir, 'kubeconfig'), join(dir, 'state.json')]
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf({})))
  writeFileSync(state, '{}')
  const { code, stdout, stderr } = await webspaces(
    ['serve', '--roles', 'operator', '--kubeconfig', kubeconfig, '--state-file', state, ...PORTS],
    { env: { WEBSPACES_LOG_LEVEL: 'silent' } },
  )
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^WS_UNAVAILABLE: .*https:\/\/127\.0\.0\.1:1 takes no connection/)
  expect(existsSync(state)).toBe(false)
}, 60_000)

test('a kubeconfig that is none is named', async () => {
  const kubeconfig = join(temporaryFolder(), 'kubeconfig')
  writeFileSync(kubeconfig, 'clusters: 7')
  const { code, stderr } = await webspaces(['serve', '--roles', 'operator', '--kubeconfig', kubeconfig, ...PORTS])
  expect(code).toBe(1)
  expect(stderr).toMatch(/WS_KUBECONFIG: /)
})

test.each([
  ['a server without TLS', { server: 'http://127.0.0.1:1' }, /HTTP protocol is not allowed/],
  ['a file that is not there', { 'certificate-authority': '/nowhere/ca.pem' }, /\/nowhere\/ca\.pem/],
])('a kubeconfig with %s is no cluster that is away', async (_what, cluster, problem) => {
  const kubeconfig = join(temporaryFolder(), 'kubeconfig')
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(cluster)))
  const { code, stderr } = await webspaces(['serve', '--roles', 'operator', '--kubeconfig', kubeconfig, ...PORTS])
  expect(code).toBe(1)
  expect(stderr).toMatch(/WS_KUBECONFIG: /)
  expect(stderr).toMatch(problem)
})

test('told to stop while the API server does not answer, it gives up its start', async () => {
  const silent = createServer()
  onTestFinished(() => void silent.close())
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  const server = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const kubeconfig = join(temporaryFolder(), 'kubeconfig')
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf({ server })))
  const { code, stdout, stderr } = await webspaces(
    ['serve', '--roles', 'operator', '--kubeconfig', kubeconfig, ...PORTS],
    { terminated: once(silent, 'connection') },
  )
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toMatch(/stop was asked for[^]*platform stopped/)
})

/** Where nothing listens, if the cluster says nothing else. */
function kubeconfigOf(cluster: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: 'https://127.0.0.1:1', ...cluster } }],
    users: [{ name: 'test', user: { token: 'test' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }
}
