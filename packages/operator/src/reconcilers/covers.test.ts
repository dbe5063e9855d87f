import { expect, test } from 'vitest'
import { covers } from './covers.ts'

test.each([
  ['an equal value', { a: 1 }, { a: 1 }, true],
  ['more than is wanted', { a: 1, b: 2 }, { a: 1 }, true],
  ['less than is wanted', { a: 1 }, { a: 1, b: 2 }, false],
  ['nothing where something empty is wanted', {}, { a: '', b: {}, c: [] }, true],
  ['nothing where zero is wanted', {}, { replicas: 0 }, false],
  ['a list with more entries', [{ a: 1 }, { b: 2 }], [{ a: 1 }], false],
  ['list entries with filled-in fields', [{ a: 1, protocol: 'TCP' }], [{ a: 1 }], true],
  [
    'named entries in another order',
    [{ name: 'PORT' }, { name: 'A', value: '1' }],
    [{ name: 'A', value: '1' }, { name: 'PORT' }],
    true,
  ],
  ['a named entry with another value', [{ name: 'A', value: '2' }], [{ name: 'A', value: '1' }], false],
  ['a name twice', [{ name: 'A' }, { name: 'A', value: '1' }], [{ name: 'A', value: '1' }, { name: 'A' }], false],
  ['entries without names in another order', [{ a: 1 }, { b: 2 }], [{ b: 2 }, { a: 1 }], false],
  [
    'an amount in other words',
    { limits: { cpu: '500m', memory: '1Gi' } },
    { limits: { cpu: '0.5', memory: '1024Mi' } },
    true,
  ],
  ['another amount', { limits: { cpu: '500m' } }, { limits: { cpu: '5' } }, false],
  ['no amounts where some are wanted', {}, { limits: { cpu: '5' } }, false],
  ['an amount that is none', { value: '500m' }, { value: '0.5' }, false],
  ['another type', { a: 'b' }, { a: { b: 1 } }, false],
])('%s', (_name, live, wanted, expected) => {
  expect(covers(live, wanted)).toBe(expected)
})
