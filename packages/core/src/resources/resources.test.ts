import { describe, expect, test } from 'vitest'
import { Customer } from './customer.ts'
import { isBranchName } from './fields.ts'
import { RuntimeResource } from './runtime.ts'
import { parseSshKey } from './ssh-key.ts'
import { Webspace } from './webspace.ts'

const webspace = (spec: object, name = 'blog') => ({
  apiVersion: 'webspaces.dev/v1alpha1',
  kind: 'Webspace',
  metadata: { name },
  spec: { customer: 'ada', runtime: 'node', ...spec },
})

test('defaults are filled in', () => {
  expect(Webspace.parse(webspace({})).spec).toEqual({
    customer: 'ada',
    runtime: 'node',
    aliases: [],
    replicas: 1,
    branch: 'main',
    forcePush: false,
    previews: { enabled: true, max: 10 },
    env: [],
    resources: {},
    suspended: false,
  })
})

describe('what is wrong is named by its field', () => {
  test.each([
    [{ replicas: -1 }, 'spec.replicas'],
    [{ replicas: 1.5 }, 'spec.replicas'],
    [{ domain: 'UPPER.example' }, 'spec.domain'],
    [{ domain: 'nodots' }, 'spec.domain'],
    [{ aliases: ['ok.example', '-bad.example'] }, 'spec.aliases[1]'],
    [
      {
        env: [
          { name: 'A', value: 'x' },
          { name: '1A', value: 'x' },
        ],
      },
      'spec.env[1].name',
    ],
    [{ env: [{ name: 'PORT', value: '1' }] }, 'spec.env[0].name'],
    [{ branch: 'a..b' }, 'spec.branch'],
    [{ previews: { ttl: '2 weeks' } }, 'spec.previews.ttl'],
    [{ customer: '../etc' }, 'spec.customer'],
    [{ replica: 2 }, 'replica'],
  ])('%j', (spec, field) => {
    expect(() => Webspace.parse(webspace(spec))).toThrow(
      expect.objectContaining({ code: 'WS_INVALID', message: expect.stringContaining(field) as string }),
    )
  })

  test.each(['', 'A', 'a_b', '-a', 'a-', 'a--b', 'a/b', '../x', 'x'.repeat(41), '.git'])('name %j', (name) => {
    expect(() => Webspace.parse(webspace({}, name))).toThrow('metadata.name')
  })

  test.each([null, undefined, 7, 'text', [], {}, { kind: 'Webspace' }])('%j is no resource', (value) => {
    expect(() => Customer.parse(value)).toThrow(expect.objectContaining({ code: 'WS_INVALID' }))
  })
})

test('options of a runtime are any JSON', () => {
  const runtime = RuntimeResource.parse({
    apiVersion: 'webspaces.dev/v1alpha1',
    kind: 'Runtime',
    metadata: { name: 'node' },
    spec: { plugin: 'node', options: { a: [1, { b: null }] } },
  })
  expect(runtime.spec.options).toEqual({ a: [1, { b: null }] })
})

test.each(['main', 'feature/x', 'Ünïcode', 'a@b', 'v1.2', '+x'])('%s is a branch name', (name) => {
  expect(isBranchName(name)).toBe(true)
})

test.each([
  '',
  '@',
  'HEAD',
  '-x',
  'a..b',
  'a b',
  'a~1',
  'a^',
  'a:b',
  'a?',
  'a*',
  'a[',
  'a\\b',
  '/a',
  'a/',
  'a//b',
  '.a',
  'a/.b',
  'a.lock',
  'a.lock/b',
  'a.',
  'a@{b',
  'a\u0000',
  'a\n',
])('%j is no branch name', (name) => {
  expect(isBranchName(name)).toBe(false)
})

describe('an authorized_keys line', () => {
  const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6hEchmuFAQB6lD0GmSCaQGyVOs8Dd4DJ9fCJ0Kpd8B'

  test('is read with its comment', () => {
    const result = parseSshKey(`${ed25519} ada@home laptop`)
    expect(result).toMatchObject({ key: { type: 'ssh-ed25519', comment: 'ada@home laptop' } })
    expect(result).toHaveProperty('key.fingerprint', expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/))
  })

  test.each([
    ['', 'supported key type'],
    ['ssh-dss AAAA', 'supported key type'],
    ['command="x" ssh-ed25519 AAAA', 'supported key type'],
    ['sk-ssh-ed25519@openssh.com AAAA', 'hardware'],
    ['ssh-ed25519', 'base64'],
    ['ssh-ed25519 !!!!', 'base64'],
    ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5', 'cut off'],
    [ed25519.replace('ssh-ed25519', 'ssh-rsa'), 'another type'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----', 'private key'],
    [`${ed25519}\n${ed25519}`, 'line break'],
  ])('%j is refused', (line, reason) => {
    expect(parseSshKey(line)).toHaveProperty('refused', expect.stringContaining(reason))
  })
})
