import { Deployment, Label, Release, type DeploymentStatus } from '@webspaces/core'
import { sampleRelease } from '@webspaces/core/testing'
import { expect, test } from 'vitest'
import { rolloutOf } from './rollout.ts'

const RELEASE = Release.parse({
  apiVersion: Release.apiVersion,
  kind: Release.kind,
  metadata: { name: 'blog-2' },
  spec: { ...sampleRelease('main'), webspace: 'blog', number: 2 },
})

function deployment(status: DeploymentStatus, release = 'blog-2', replicas = 2): Deployment {
  return {
    apiVersion: Deployment.apiVersion,
    kind: Deployment.kind,
    metadata: { name: 'blog', namespace: 'customer-ada', generation: 5 },
    spec: {
      replicas,
      selector: { matchLabels: {} },
      template: { metadata: { labels: { [Label.release]: release } }, spec: { containers: [] } },
    },
    status: { observedGeneration: 5, ...status },
  }
}

const ALL_UP: DeploymentStatus = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 }
const NO_PROGRESS: DeploymentStatus = {
  ...{ replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 },
  conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
}

test('all replicas of this Release and none of another is live', () => {
  expect(rolloutOf(RELEASE, deployment(ALL_UP))).toEqual({ phase: 'Live', replicas: 2, readyReplicas: 2 })
})

test('no replicas wanted and none there is live', () => {
  expect(rolloutOf(RELEASE, deployment({}, 'blog-2', 0)).phase).toBe('Live')
})

test('a Deployment that is missing, or is still of another Release, says nothing about this one', () => {
  const unknown = { phase: 'Progressing', replicas: 0, readyReplicas: 0 }
  expect(rolloutOf(RELEASE, undefined)).toEqual(unknown)
  expect(rolloutOf(RELEASE, deployment(ALL_UP, 'blog-1'))).toEqual(unknown)
})

test('neither success nor failure counts while the status is about an earlier spec', () => {
  for (const status of [ALL_UP, NO_PROGRESS]) {
    expect(rolloutOf(RELEASE, deployment({ ...status, observedGeneration: 4 })).phase).toBe('Progressing')
  }
})

test('replicas of the former Release are not counted as ready', () => {
  const status = { replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 }
  expect(rolloutOf(RELEASE, deployment(status))).toEqual({ phase: 'Progressing', replicas: 2, readyReplicas: 0 })
})

test('a replica of the former Release that is left, or one that is not available yet, keeps it from being live', () => {
  expect(rolloutOf(RELEASE, deployment({ ...ALL_UP, replicas: 3, readyReplicas: 3 })).phase).toBe('Progressing')
  expect(rolloutOf(RELEASE, deployment({ ...ALL_UP, availableReplicas: 1 })).phase).toBe('Progressing')
})

test('no progress is failed, with the best reason there is', () => {
  expect(rolloutOf(RELEASE, deployment(NO_PROGRESS))).toMatchObject({
    phase: 'Failed',
    message: 'ProgressDeadlineExceeded',
  })
})

test('what keeps pods from being made is told while it is waited for', () => {
  const quota = { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' } as const
  expect(rolloutOf(RELEASE, deployment({ conditions: [quota] }))).toMatchObject({
    phase: 'Progressing',
    message: 'exceeded quota',
  })
})

test('pods that will not come up are a failure before the deadline, and others are told of', () => {
  const under = { replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 }
  const problem = { message: 'ended with code 1', final: false }
  expect(rolloutOf(RELEASE, deployment(under), problem)).toMatchObject({
    phase: 'Progressing',
    message: problem.message,
  })
  expect(rolloutOf(RELEASE, deployment(under), { ...problem, final: true })).toMatchObject({
    phase: 'Failed',
    message: problem.message,
  })
})

test('pods of a version that was live say why it is not now, and not that its rollout has failed', () => {
  const conditions = [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }] as const
  const crashed = deployment({ ...ALL_UP, readyReplicas: 1, availableReplicas: 1, conditions })
  const rollout = rolloutOf(RELEASE, crashed, { message: 'ended with code 1, again and again', final: true })
  expect(rollout).toMatchObject({ phase: 'Progressing', message: 'ended with code 1, again and again' })
})
