import { expect, test } from 'vitest'
import {
  collectAnnotations,
  collectSources,
  parseAddress,
  parseDaemons,
  parsePositive,
  parseRegistry,
  parseRoles,
  parseSeconds,
} from './values.ts'

test('roles come in their own order, whatever order they are given in', () => {
  expect(parseRoles('operator, git')).toEqual(['git', 'operator'])
  expect(parseRoles('operator')).toEqual(['operator'])
  expect(() => parseRoles('')).toThrow('roles')
  expect(() => parseRoles('git,web')).toThrow('roles')
})

test('daemons are URLs, several with commas', () => {
  expect(parseDaemons('tcp://a:2375,https://b:2376')).toEqual(['tcp://a:2375', 'https://b:2376'])
  expect(parseDaemons('unix:///var/run/docker.sock')).toEqual(['unix:///var/run/docker.sock'])
  for (const text of ['', 'a:2375', 'ftp://a', 'unix:', 'tcp://']) expect(() => parseDaemons(text)).toThrow()
})

test.each(['registry.example.com', 'registry:5000', '127.0.0.1:5000/webspaces', 'r/team_a/web-spaces'])(
  'the registry %s is taken',
  (text) => {
    expect(parseRegistry(text)).toBe(text)
  },
)

test.each(['https://registry', 'registry/Upper', 'registry/', '', 'a b'])('the registry %j is refused', (text) => {
  expect(() => parseRegistry(text)).toThrow('host:port')
})

test('an address without a port is on that of SSH', () => {
  expect(parseAddress('git.example.com')).toEqual({ host: 'git.example.com', port: 22 })
  expect(parseAddress('git.example.com:2222')).toEqual({ host: 'git.example.com', port: 2222 })
  expect(parseAddress('[::1]:2222')).toEqual({ host: '::1', port: 2222 })
  for (const text of ['', ':22', 'a:b', '::1', 'a:70000']) expect(() => parseAddress(text)).toThrow()
})

test('annotations add up, given one by one or as lines', () => {
  const first = collectAnnotations('nginx.ingress.kubernetes.io/proxy-body-size=8m', {})
  expect(collectAnnotations('a/b=x=y,z\nc=\n', first)).toEqual({
    'nginx.ingress.kubernetes.io/proxy-body-size': '8m',
    'a/b': 'x=y,z',
    c: '',
  })
  expect(() => collectAnnotations('no equals sign', {})).toThrow('key=value')
})

test('sites can be reached from namespaces by their labels, and from networks', () => {
  const first = collectSources('kubernetes.io/metadata.name=ingress-nginx,tier=edge', [])
  expect(collectSources('10.0.0.0/8\nfd00::/8', first)).toEqual([
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx', tier: 'edge' } } },
    { ipBlock: { cidr: '10.0.0.0/8' } },
    { ipBlock: { cidr: 'fd00::/8' } },
  ])
  for (const text of ['10.0.0.0', '10.0.0.0/33', 'fd00::/200', 'x/8']) {
    expect(() => collectSources(text, [])).toThrow('CIDR')
  }
})

test('a time is a positive number of seconds', () => {
  expect(parseSeconds('90')).toBe(90)
  for (const text of ['0', '-1', '1.5', '9s', '100000']) expect(() => parseSeconds(text)).toThrow('seconds')
})

test('of what is counted there is one at least', () => {
  expect(parsePositive('1')).toBe(1)
  for (const text of ['0', '00', '-1', '1.5', '1000000']) expect(() => parsePositive(text)).toThrow('from 1 to 999999')
})
