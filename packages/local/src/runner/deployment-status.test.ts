import { expect, test } from 'vitest'
import { deploymentStatus, type Observed, type ObservedReplica } from './deployment-status.ts'

const ready: ObservedReplica = { ready: true, worked: true, failedStarts: 0, problem: undefined, lastEnd: undefined }
const starting: ObservedReplica = { ...ready, ready: false, worked: false }
const crashed: ObservedReplica = { ...starting, failedStarts: 3, lastEnd: 'blog-x exited with code 1' }

function status(
  observed: Partial<Observed>,
  former?: ReturnType<typeof deploymentStatus>,
  second = 0,
): ReturnType<typeof deploymentStatus> {
  const nothing: Observed = { generation: 1, wanted: 1, current: [], others: [], completed: false, overdue: false }
  return deploymentStatus({ ...nothing, ...observed }, former, new Date(second * 1000))
}

function progressing(observed: Partial<Observed>): string {
  const condition = status(observed).conditions?.find(({ type }) => type === 'Progressing')
  return `${condition?.status} ${condition?.reason}`
}

test('a rollout is complete when everything wanted is ready and nothing else is left', () => {
  expect(progressing({ current: [ready] })).toBe('True NewReplicaSetAvailable')
  expect(progressing({ current: [ready], others: [ready] })).toBe('True ReplicaSetUpdated')
  expect(progressing({ current: [starting], others: [ready] })).toBe('True ReplicaSetUpdated')
  expect(progressing({ wanted: 0 })).toBe('True NewReplicaSetAvailable')
})

test('a rollout fails when its version keeps ending, or its time is over; not after it was complete', () => {
  expect(progressing({ current: [crashed] })).toBe('False CrashLoopBackOff')
  expect(progressing({ current: [starting], overdue: true })).toBe('False ProgressDeadlineExceeded')
  expect(progressing({ current: [crashed], completed: true })).toBe('True NewReplicaSetAvailable')
})

test('replicas are counted over all versions, and the missing ones against what is wanted', () => {
  expect(status({ wanted: 3, current: [ready, starting], others: [ready] })).toMatchObject({
    replicas: 3,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    unavailableReplicas: 1,
  })
})

test('times change only with what they tell of', () => {
  const first = status({ current: [starting] })
  expect(status({ current: [starting] }, first, 60)).toEqual(first)
  const failed = status({ current: [starting], overdue: true }, first, 60).conditions?.[1]
  expect(failed).toMatchObject({ status: 'False', lastTransitionTime: '1970-01-01T00:01:00.000Z' })
  const complete = status({ current: [ready] }, first, 60).conditions?.[1]
  expect(complete).toMatchObject({
    reason: 'NewReplicaSetAvailable',
    lastUpdateTime: '1970-01-01T00:01:00.000Z',
    lastTransitionTime: '1970-01-01T00:00:00.000Z',
  })
})
