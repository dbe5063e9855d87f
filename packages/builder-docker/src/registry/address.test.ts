import { describe, expect, test } from 'vitest'
import { parseAddress } from './address.ts'

describe('an address', () => {
  test.each([
    ['127.0.0.1:5000', false, { host: '127.0.0.1:5000', prefix: '', endpoint: 'http://127.0.0.1:5000' }],
    ['localhost:5000/a', false, { host: 'localhost:5000', prefix: 'a/', endpoint: 'http://localhost:5000' }],
    ['localhost', false, { host: 'localhost', prefix: '', endpoint: 'http://localhost' }],
    ['registry.example.com', false, { prefix: '', endpoint: 'https://registry.example.com' }],
    ['registry.example.com/a/b-c', false, { prefix: 'a/b-c/', endpoint: 'https://registry.example.com' }],
    ['registry:5000', true, { host: 'registry:5000', endpoint: 'http://registry:5000' }],
    ['docker.io/me', false, { host: 'docker.io', prefix: 'me/', endpoint: 'https://registry-1.docker.io' }],
    ['[::1]:5000', false, { host: '[::1]:5000', endpoint: 'http://[::1]:5000' }],
  ])('%s is read', (address, insecure, expected) => {
    expect(parseAddress(address, insecure, undefined)).toMatchObject(expected)
  })

  test('may be reached by another URL than the one in the names of images', () => {
    const { host, endpoint } = parseAddress('127.0.0.1:5000', false, 'http://172.17.0.1:5000/')
    expect({ host, endpoint }).toEqual({ host: '127.0.0.1:5000', endpoint: 'http://172.17.0.1:5000' })
  })

  test.each([
    '',
    'https://x.example.com',
    'registry',
    'x.example.com/A',
    'x.example.com/a/',
    'a b:1',
    'x.example.com/../b',
  ])('%j is refused', (address) => {
    expect(() => parseAddress(address, false, undefined)).toThrow(
      expect.objectContaining({ code: 'WS_DOCKER_OPTIONS' }),
    )
  })
})
