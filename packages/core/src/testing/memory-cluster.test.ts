import { describe, expect, test } from 'vitest'
import { Customer } from '../resources/customer.ts'
import { API_VERSION } from '../resources/fields.ts'
import { clusterConformance } from './cluster-conformance.ts'
import { memoryCluster } from './memory-cluster.ts'

describe('the cluster in memory keeps the promises of the contract', () => {
  clusterConformance({
    test,
    make: () => Promise.resolve({ cluster: memoryCluster(), close: () => Promise.resolve() }),
  })
})

test('times and uids are those that the test gave', async () => {
  let count = 0
  const cluster = memoryCluster({ clock: { now: () => 1_700_000_000_123 }, newId: () => `id-${++count}` })
  const { metadata } = await cluster.create(Customer, customer())
  expect(metadata.uid).toBe('id-1')
  expect(metadata.creationTimestamp).toBe('2023-11-14T22:13:20Z')
})

test('returned objects are frozen, so that a test finds code that changes them', async () => {
  const created = await memoryCluster().create(Customer, customer())
  expect(() => created.spec.sshKeys.push('x')).toThrow(TypeError)
  expect(() => Object.assign(created.metadata, { name: 'x' })).toThrow(TypeError)
})

function customer(): Customer {
  const spec = { name: 'Demo', email: 'demo@example.com', sshKeys: [], suspended: false }
  return { apiVersion: API_VERSION, kind: 'Customer', metadata: { name: 'demo' }, spec }
}
