import { expect, test } from 'vitest'
import type { KubernetesObject } from '../resources/object.ts'
import { isAsWritten, nextResourceVersion } from './resource-version.ts'

function written(object: KubernetesObject, former?: string): KubernetesObject {
  const resourceVersion = nextResourceVersion(object, former)
  return { ...object, metadata: { ...object.metadata, resourceVersion } }
}

const object = (data: unknown): KubernetesObject =>
  ({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, data }) as KubernetesObject

test('every change has another version, also one back to an earlier state', () => {
  const first = written(object(1))
  const second = written(object(2), first.metadata.resourceVersion)
  const back = written(object(1), second.metadata.resourceVersion)
  expect(new Set([first, second, back].map(({ metadata }) => metadata.resourceVersion)).size).toBe(3)
})

test('an object is as written until anything but the order of keys is another', () => {
  const { metadata, ...rest } = written(object({ a: 1, b: [1, 2] })) as KubernetesObject & { data: unknown }
  expect(isAsWritten({ metadata, ...rest })).toBe(true)
  expect(isAsWritten({ metadata, ...rest, data: { b: [1, 2], a: 1 } } as KubernetesObject)).toBe(true)
  expect(isAsWritten({ metadata, ...rest, data: { a: 1, b: [2, 1] } } as KubernetesObject)).toBe(false)
  expect(isAsWritten({ ...rest, metadata: { ...metadata, name: 'y' } })).toBe(false)
  expect(isAsWritten({ ...rest, metadata: { name: 'x' } })).toBe(false)
})

test.each(['', 'x', '7', '-', '1-', '99999999999999999999-abc', '-1-x'])(
  'a version that is not ours, %j, is none',
  (version) => {
    expect(nextResourceVersion(object(1), version)).toMatch(/^1-[0-9a-f]{12}$|^2-/)
    expect(isAsWritten({ ...object(1), metadata: { name: 'x', resourceVersion: version } })).toBe(false)
  },
)
