import { expect, test } from 'vitest'
import { LocalAddressing } from './addressing.ts'

function addressing(http: number, ssh: { host: string; port: number } = { host: '127.0.0.1', port: 2222 }) {
  return new LocalAddressing(() => ({ host: '127.0.0.1', port: http }), ssh)
}

test('a site is at the port of the router, which is left out where it is that of HTTP', () => {
  expect(addressing(8080).siteUrl('blog.localhost')).toBe('http://blog.localhost:8080')
  expect(addressing(80).siteUrl('blog.localhost')).toBe('http://blog.localhost')
  expect(addressing(80).defaultDomain('blog')).toBe('blog.localhost')
})

test.each([
  ['127.0.0.1', 'ssh://git@127.0.0.1:2222/blog.git'],
  ['::1', 'ssh://git@[::1]:2222/blog.git'],
  ['0.0.0.0', 'ssh://git@localhost:2222/blog.git'],
])('the clone URL of a git server at %s is %s', (host, url) => {
  expect(addressing(8080, { host, port: 2222 }).cloneUrl('blog')).toBe(url)
})
