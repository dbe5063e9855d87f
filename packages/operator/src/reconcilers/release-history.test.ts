import { Release, type ReleasePhase, type Rollout } from '@webspaces/core'
import { sampleRelease } from '@webspaces/core/testing'
import { expect, test } from 'vitest'
import { surplusReleases } from './release-history.ts'

function release(number: number, branch: string, phase?: ReleasePhase, rollout?: Rollout['phase']): Release {
  const parsed = Release.parse({
    apiVersion: Release.apiVersion,
    kind: Release.kind,
    metadata: { name: `blog-${number}` },
    spec: { ...sampleRelease(branch), webspace: 'blog', number },
  })
  const status = {
    ...(phase === undefined ? {} : { phase }),
    ...(rollout === undefined ? {} : { rollout: { phase: rollout, replicas: 1, readyReplicas: 1 } }),
  }
  return { ...parsed, status }
}

function surplus(releases: readonly Release[], limit: number, ...wanted: string[]): number[] {
  return surplusReleases(releases, limit, new Set(wanted)).map(({ spec }) => spec.number)
}

test('the newest of each branch are kept', () => {
  const releases = [1, 2, 3].map((n) => release(n, 'main', 'Accepted')).concat(release(4, 'next', 'Accepted'))
  expect(surplus(releases, 2)).toEqual([1])
})

test('branches that are gone share one allowance', () => {
  const gone = ['a', 'b', 'c', 'd'].map((branch, index) => release(index + 1, branch, 'Retired'))
  expect(surplus([...gone, release(5, 'main', 'Accepted')], 2)).toEqual([2, 1])
})

test('a Release that runs, that is live while its successors fail, or that is not accepted yet is kept', () => {
  const releases = [
    release(1, 'main', 'Accepted', 'Superseded'),
    release(2, 'main', 'Accepted', 'Live'),
    release(3, 'main', 'Pending'),
    release(4, 'main'),
    release(5, 'main', 'Accepted', 'Failed'),
    release(6, 'main', 'Accepted', 'Failed'),
    release(7, 'main', 'Accepted', 'Failed'),
  ]
  expect(surplus(releases, 1, 'blog-6')).toEqual([5, 1])
})

test('the highest number is kept even where nothing else would be', () => {
  expect(surplus([release(1, 'a', 'Retired'), release(2, 'b', 'Retired')], 0)).toEqual([1])
})
