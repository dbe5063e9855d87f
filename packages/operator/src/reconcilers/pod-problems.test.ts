import { expect, test } from 'vitest'
import type { ContainerStatus, Pod } from '../kubernetes/pod.ts'
import { podProblem } from './pod-problems.ts'

const CREATED = '2026-01-01T00:00:00Z'
const at = (seconds: number): number => Date.parse(CREATED) + seconds * 1000

function pod(container: Partial<ContainerStatus> | undefined, more: Partial<Pod['metadata']> = {}): Pod {
  const statuses = container === undefined ? [] : [{ name: 'web', ready: false, restartCount: 0, ...container }]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'blog-1', namespace: 'customer-ada', creationTimestamp: CREATED, ...more },
    status: { containerStatuses: statuses },
  }
}

const ended = (exitCode: number, reason = 'Error') => ({ terminated: { exitCode, reason } })
const backOff = { waiting: { reason: 'CrashLoopBackOff' } }
const pulling = (reason: string) => ({ state: { waiting: { reason, message: 'no such host' } } })

test('pods that are ready, starting or being stopped have no problem', () => {
  const starting = pod({ state: { waiting: { reason: 'ContainerCreating' } } })
  const stopping = pod({ restartCount: 9, lastState: ended(1) }, { deletionTimestamp: CREATED })
  expect(
    podProblem([pod({ ready: true, restartCount: 5, lastState: ended(1) }), starting, stopping], at(60)),
  ).toBeUndefined()
})

test('a process that ends is told of, and after its third end is taken to be broken, before it is started again', () => {
  const told = { message: 'ended with code 7', final: false }
  const broken = { message: 'ended with code 7, again and again', final: true }
  const lives: [Partial<ContainerStatus>, object][] = [
    [{ restartCount: 0, state: ended(7) }, told],
    [{ restartCount: 1, state: { running: {} }, lastState: ended(7) }, told],
    [{ restartCount: 1, state: backOff, lastState: ended(7) }, told],
    [{ restartCount: 2, state: { running: {} }, lastState: ended(7) }, told],
    [{ restartCount: 2, state: ended(7), lastState: ended(7) }, broken],
    [{ restartCount: 2, state: backOff, lastState: ended(7) }, broken],
    [{ restartCount: 3, state: { running: {} }, lastState: ended(7) }, broken],
  ]
  for (const [status, problem] of lives) expect(podProblem([pod(status)], at(60))).toEqual(problem)
})

test('in a crash loop nothing changes between waiting, running and having ended', () => {
  const states = [{ state: backOff }, { state: { running: {} } }, { state: ended(7) }]
  const problems = states.map((state) => podProblem([pod({ restartCount: 4, lastState: ended(7), ...state })], at(60)))
  expect(new Set(problems.map((problem) => JSON.stringify(problem))).size).toBe(1)
})

test('a process that was killed for its memory is told so', () => {
  expect(podProblem([pod({ state: ended(137, 'OOMKilled') })], at(1))?.message).toContain('memory')
})

test('an image that cannot be pulled is final after a while, and a name that cannot be one at once', () => {
  const problem = { message: 'the image cannot be pulled', detail: 'no such host' }
  expect(podProblem([pod(pulling('ErrImagePull'))], at(5))).toEqual({ ...problem, final: false })
  expect(podProblem([pod(pulling('ImagePullBackOff'))], at(45))).toEqual({ ...problem, final: true })
  expect(podProblem([pod(pulling('InvalidImageName'))], at(1))?.final).toBe(true)
})

test('a pod that runs and is not ready does not answer its health check', () => {
  expect(podProblem([pod({ state: { running: {} } })], at(60))).toEqual({
    message: 'runs, and does not answer its health check yet',
    final: false,
  })
})

test('a pod that no node has room for is told of, and waited for', () => {
  const conditions = [
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes: Insufficient memory' },
  ] as const
  expect(podProblem([{ ...pod(undefined), status: { conditions } }], at(600))).toEqual({
    message: 'no node has room for it',
    detail: '0/1 nodes: Insufficient memory',
    final: false,
  })
})

test('of several pods the one that will not come up is told of', () => {
  const pods = [pod({ state: { running: {} } }), pod({ restartCount: 2, lastState: ended(1) })]
  expect(podProblem(pods, at(60))?.final).toBe(true)
})

test('the containers that others add are not judged', () => {
  expect(podProblem([pod({ name: 'istio-proxy', restartCount: 9, lastState: ended(1) })], at(60))).toBeUndefined()
})
