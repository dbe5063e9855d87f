import { expect, test } from 'vitest'
import { Release, type ReleasePhase } from '../resources/release.ts'
import { hasLostProduction, sweepReleases } from './sweep.ts'

const now = Date.parse('2026-01-31T00:00:00Z')
const graceMs = 600_000
const commit = (digit: string): string => digit.repeat(40)

function release(phase: ReleasePhase | undefined, branch: string, oid: string, ageMs = 0): Release {
  return Release.parse({
    apiVersion: 'webspaces.dev/v1alpha1',
    kind: 'Release',
    metadata: { name: 'blog-1', creationTimestamp: new Date(now - ageMs).toISOString() },
    spec: {
      webspace: 'blog',
      branch,
      number: 1,
      commit: oid,
      image: `x@sha256:${'0'.repeat(64)}`,
      buildKey: 'k',
      port: 80,
      source: 'push',
      author: 'a',
      message: 'm',
    },
    ...(phase === undefined ? {} : { status: { phase } }),
  })
}

const branches = [{ name: 'main', oid: commit('a') }]
const production = 'main'

test.each<[string, Release, string | undefined]>([
  ['pending, and the ref moved: it was accepted', release('Pending', 'main', commit('a')), 'Accepted'],
  ['never got a phase, and the ref moved', release(undefined, 'main', commit('a')), 'Accepted'],
  ['pending, the ref did not move, and a push may be going on', release('Pending', 'main', commit('b')), undefined],
  ['pending for too long', release('Pending', 'main', commit('b'), graceMs + 1), 'Gone'],
  ['pending for too long, and the branch never came', release('Pending', 'x', commit('b'), graceMs + 1), 'Gone'],
  ['accepted, and its branch is there', release('Accepted', 'main', commit('b')), undefined],
  ['accepted, and its branch is gone', release('Accepted', 'x', commit('b')), 'Retired'],
  ['retired', release('Retired', 'x', commit('b'), graceMs + 1), undefined],
])('%s', (_what, input, to) => {
  const changes = sweepReleases({ releases: [input], branches, production, running: () => false, now, graceMs })
  expect(changes.map((change) => change.to)).toEqual(to === undefined ? [] : [to])
})

test('a push that goes on in this process is left alone', () => {
  const old = release('Pending', 'main', commit('b'), graceMs + 1)
  expect(sweepReleases({ releases: [old], branches, production, running: () => true, now, graceMs })).toEqual([])
})

test('a repository that has lost its production branch takes no site down', () => {
  const lost = {
    releases: [release('Accepted', 'main', commit('a')), release('Accepted', 'x', commit('b'))],
    production,
  }
  const changes = (names: readonly string[]) =>
    sweepReleases({
      ...lost,
      branches: names.map((name) => ({ name, oid: commit('c') })),
      running: () => false,
      now,
      graceMs,
    })
  expect(changes([])).toEqual([])
  expect(changes(['y'])).toEqual([])
  expect(changes(['main'])).toHaveLength(1)
  expect(hasLostProduction({ ...lost, branches: [] })).toBe(true)
  expect(hasLostProduction({ ...lost, branches })).toBe(false)
})
