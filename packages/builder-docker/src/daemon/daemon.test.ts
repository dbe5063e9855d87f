import { expect, test } from 'vitest'
import { isBuildKitApi } from './daemon.ts'

test.each([
  ['1.38', false],
  ['1.39', true],
  ['1.41', true],
  ['1.100', true],
  ['2.0', true],
  ['0.99', false],
  ['', false],
  ['next', false],
])('BuildKit is there with API %j: %s', (version, expected) => expect(isBuildKitApi(version)).toBe(expected))
