import { Command } from 'commander'
import { Label } from '@webspaces/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { variableOf } from '../../manifests/variable.ts'
import { addServe } from './command.ts'
import type { ServeOptions } from './serve.ts'
import { addressingOf, configOf, gitRoleOf } from './settings.ts'

// From the command line, or the environment, to what the platform is made with.

afterEach(() => vi.unstubAllEnvs())

const GIT = [
  '--repositories',
  '/repositories',
  '--host-key',
  '/key',
  '--docker',
  'tcp://one:2376',
  '--registry',
  'r:5000',
]

/** An option, and what it says in the configuration. */
const SETTINGS: readonly (readonly [option: string, value: string, config: object])[] = [
  ['builds', '7', { push: { concurrentBuilds: 7 } }],
  ['builds-per-customer', '3', { push: { concurrentBuildsPerCustomer: 3 } }],
  ['build-seconds', '60', { push: { buildTimeMs: 60_000 } }],
  ['build-memory-mib', '256', { push: { buildMemoryBytes: 268_435_456 } }],
  ['max-tree-mib', '2', { push: { maxTreeBytes: 2_097_152 } }],
  ['reclaim-policy', 'Retain', { reclaimPolicy: 'Retain' }],
  ['ingress-class', 'nginx', { workload: { ingressClass: 'nginx' } }],
  ['progress-deadline', '900', { workload: { progressDeadlineSeconds: 900 }, push: { rolloutWaitMs: 930_000 } }],
  ['ingress-annotation', 'a/b=x=y\nc=d', { workload: { ingressAnnotations: { 'a/b': 'x=y', c: 'd' } } }],
  [
    'ingress-from',
    'kubernetes.io/metadata.name=edge\n10.0.0.0/8',
    {
      isolation: {
        from: [
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'edge' } } },
          { ipBlock: { cidr: '10.0.0.0/8' } },
        ],
      },
    },
  ],
]

test.each(SETTINGS)('--%s %j, or its variable, is in the configuration', (option, value, config) => {
  const given = value.split('\n').flatMap((line) => [`--${option}`, line])
  const byOption = configOf(serve(given))
  expect(byOption).toMatchObject(config)
  vi.stubEnv(variableOf(option), value)
  expect(configOf(serve([]))).toEqual(byOption)
})

test('without options no class is named, nothing is annotated, and other customers are kept out', () => {
  const { push, workload, isolation } = configOf(serve([]))
  expect(push).toMatchObject({ concurrentBuilds: 4, concurrentBuildsPerCustomer: 2, rolloutWaitMs: 300_000 })
  expect(push).not.toHaveProperty('buildMemoryBytes')
  expect(workload).not.toHaveProperty('ingressClass')
  expect(workload.ingressAnnotations).toEqual({})
  expect(isolation?.from).toEqual([
    { namespaceSelector: { matchExpressions: [{ key: Label.customer, operator: 'DoesNotExist' }] } },
  ])
})

describe('the role git', () => {
  test('has every daemon, those over TCP with the certificates', () => {
    const daemons = 'tcp://one:2376, https://two:2376,unix:///var/run/docker.sock'
    const tls = { ca: '/certs/ca.pem', cert: '/certs/cert.pem', key: '/certs/key.pem' }
    expect(gitRoleOf(serve([...GIT, '--docker', daemons, '--docker-cert-path', '/certs'])).daemons).toEqual([
      { url: 'tcp://one:2376', tls },
      { url: 'https://two:2376', tls },
      { url: 'unix:///var/run/docker.sock' },
    ])
    expect(gitRoleOf(serve(GIT)).daemons).toEqual([{ url: 'tcp://one:2376' }])
  })

  test('has its files, and speaks to the registry as it is told', () => {
    const login = ['--registry-config', '/config.json', '--registry-scheme', 'http']
    expect(gitRoleOf(serve([...GIT, ...login]))).toMatchObject({
      repositories: '/repositories',
      hostKey: '/key',
      registry: { address: 'r:5000', insecure: true, credentials: { dockerConfig: '/config.json' } },
    })
    expect(gitRoleOf(serve(GIT)).registry).toEqual({ address: 'r:5000', insecure: false })
  })
})

test.each([
  ['what it is told', ['--git-address', 'git.example.com:22'], { host: '0.0.0.0', port: 1 }, 'git.example.com', 22],
  ['where it listens', [], { host: '10.0.0.1', port: 2222 }, '10.0.0.1', 2222],
  ['this machine, for all of its addresses', [], { host: '0.0.0.0', port: 2222 }, 'localhost', 2222],
  ['the domain, where git is another process', [], undefined, 'sites.example', 22],
])('clone URLs name %s', (_what, args, ssh, host, port) => {
  const options = serve(['--domain', 'sites.example', '--scheme', 'https', ...args])
  expect(addressingOf(options, ssh)).toEqual({ domain: 'sites.example', scheme: 'https', git: { host, port } })
})

/** What `webspaces serve` is started with. */
function serve(args: readonly string[]): ServeOptions {
  const program = new Command()
  addServe(program)
  const [command] = program.commands
  if (command === undefined) throw new Error('there is no command')
  command.action(() => undefined)
  program.parse(['serve', ...args], { from: 'user' })
  return command.opts<ServeOptions>()
}
