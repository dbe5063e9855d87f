import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { KubernetesObject } from '@webspaces/core'
import { customer } from './rig.test.kit.ts'
import { formatObject, parseObject } from './object-yaml.ts'

test('whatever is written is read again as it was', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(...Array.from(' \n\t\r#:-?&*!|>%@`\'"{}[],.~<=0123eExXoinfy\\\u0085\u2028\uFEFF')),
    }),
  )
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(
        text.filter((key) => key !== '__proto__'),
        tie('value'),
        { noNullPrototype: true },
      ),
    ),
  })).value
  const difficult = [' \n', '\n \n', ' a\nb', '\t\n', '0o7'].map((text): [unknown] => [{ '': text }])
  fc.assert(
    fc.property(json, (data) => {
      const object = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, data } as KubernetesObject
      return isDeepStrictEqual(parseObject(formatObject(object)), object)
    }),
    { numRuns: 2000, examples: difficult },
  )
})

test('a reader of YAML 1.1, as kubectl is, takes it for the same', () => {
  const data = {
    texts: ['on', 'no', 'y', '0777', '0o7', '1_000', '1:30', '2026-11-26', '~', ' a\n b\n', ' \n'],
    on: true,
  }
  const object = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, data } as KubernetesObject
  expect(parse(formatObject(object), { version: '1.1' })).toEqual(object)
})

test('a file reads from what it is to how it is', () => {
  const object = {
    status: { namespace: 'customer-demo' },
    ...customer('demo', { sshKeys: ['ssh-ed25519 AAAA me@home'] }),
  }
  expect(formatObject(object)).toBe(`apiVersion: webspaces.dev/v1alpha1
kind: Customer
metadata:
  name: demo
spec:
  name: demo
  email: demo@example.com
  sshKeys:
    - ssh-ed25519 AAAA me@home
  suspended: false
status:
  namespace: customer-demo
`)
})
