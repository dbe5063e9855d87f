import { expect, test } from 'vitest'
import { toYaml } from './yaml.ts'

test('what YAML 1.1 takes for something else is quoted', () => {
  expect(toYaml([{ a: 'on', b: '0777', c: 'y' }, { d: '1:30' }])).toBe("a: 'on'\nb: '0777'\nc: 'y'\n---\nd: '1:30'\n")
})
