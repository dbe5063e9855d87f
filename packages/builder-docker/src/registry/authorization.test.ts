import { expect, test } from 'vitest'
import { parseChallenge } from './authorization.ts'
import { pushError } from './push-image.ts'

test.each([
  ['Basic realm="test"', { scheme: 'basic', realm: 'test', service: undefined, scope: undefined }],
  [
    'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a:pull,push"',
    {
      ...{ scheme: 'bearer', realm: 'https://auth.example.com/token' },
      ...{ service: 'registry', scope: 'repository:a:pull,push' },
    },
  ],
  ['Negotiate abc', undefined],
  [null, undefined],
])('%s', (header, expected) => expect(parseChallenge(header)).toEqual(expected))

// The messages are those of dockerd 20.10.
test.each([
  ['unauthorized: authentication required', 'WS_REGISTRY_REFUSED'],
  ['no basic auth credentials', 'WS_REGISTRY_REFUSED'],
  ['denied: requested access to the resource is denied', 'WS_REGISTRY_REFUSED'],
  ['Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused', 'WS_REGISTRY_UNAVAILABLE'],
  ['http: server gave HTTP response to HTTPS client', 'WS_REGISTRY_UNAVAILABLE'],
  ['received unexpected HTTP status: 503 Service Unavailable', 'WS_REGISTRY_UNAVAILABLE'],
])('a push that ends with %j is told apart', (words, code) => {
  expect(pushError(words)).toMatchObject({ code, message: expect.stringContaining(words) as string })
})
