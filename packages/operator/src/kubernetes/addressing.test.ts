import { expect, test } from 'vitest'
import { KubernetesAddressing } from './addressing.ts'

function addressing(host: string, port: number): KubernetesAddressing {
  return new KubernetesAddressing({ domain: 'sites.example', scheme: 'https', git: { host, port } })
}

test('sites are below the domain, on the port of their scheme', () => {
  const addresses = addressing('git.example', 22)
  expect(addresses.siteUrl(addresses.defaultDomain('blog'))).toBe('https://blog.sites.example')
})

test('a clone URL names the port where it is not the usual one', () => {
  expect(addressing('git.example', 22).cloneUrl('blog')).toBe('ssh://git@git.example/blog.git')
  expect(addressing('::1', 2222).cloneUrl('blog')).toBe('ssh://git@[::1]:2222/blog.git')
})
