import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Label, Namespace, type Kind, type KubernetesObject, type LogQuery } from '@webspaces/core'
import { systemClock } from '../../system/clock.ts'
import { eventually, openCluster, SILENT, type LabCluster } from '../lab.test.kit.ts'
import { Pod } from '../pod.ts'
import { TestKubelet } from './kubelet.test.kit.ts'
import { PodLogs } from './pod-logs.ts'

const Node: Kind = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', shortNames: ['no'], namespaced: false }

let lab: LabCluster
let kubelet: TestKubelet
let logs: PodLogs
let id: string
let end: AbortController
beforeEach(async () => {
  lab = openCluster()
  kubelet = await TestKubelet.start()
  logs = new PodLogs({ ...lab, clock: systemClock, logger: SILENT })
  id = `t${randomBytes(4).toString('hex')}`
  end = new AbortController()
  await lab.cluster.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: id } })
  await lab.cluster.create(Node, { apiVersion: 'v1', kind: 'Node', metadata: { name: id } })
  await lab.cluster.patchStatus(
    Node,
    { name: id },
    {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
    },
  )
})
afterEach(async () => {
  end.abort()
  for (const { metadata } of await lab.cluster.list(Pod, { namespace: id })) await remove(metadata.name)
  await lab.cluster.delete(Node, { name: id })
  await lab.cluster.delete(Namespace, { name: id })
  await kubelet.stop()
  await lab.server.close()
})

/** A pod of the Deployment `blog`, whose container is started. */
async function pod(name: string, release: string): Promise<void> {
  const labels = { [Label.instance]: 'blog', [Label.release]: release }
  const spec = {
    nodeName: id,
    automountServiceAccountToken: false,
    containers: [{ name: 'web', image: 'registry.example/site:1' }],
  }
  const object: KubernetesObject & { spec: unknown } = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: id, labels }, spec },
  }
  // The namespace's default service account comes a moment after the namespace.
  await eventually(async () => {
    await lab.cluster.create(Pod, object)
  })
  await restart(name, 0)
}

async function restart(name: string, restartCount: number): Promise<void> {
  kubelet.start(name)
  const state = { running: { startedAt: new Date().toISOString().replace(/\.\d+/, '') } }
  const lastState = { terminated: { exitCode: 1, containerID: `docker://${name}-${restartCount - 1}` } }
  const container = {
    ...{ name: 'web', image: 'site', imageID: 'site', ready: true, restartCount, state },
    ...(restartCount === 0 ? {} : { lastState }),
    containerID: `docker://${name}-${restartCount}`,
  }
  await lab.cluster.patchStatus(Pod, { name, namespace: id }, { phase: 'Running', containerStatuses: [container] })
}

async function remove(name: string): Promise<void> {
  kubelet.end(name)
  // No kubelet confirms that it has gone.
  await lab.server.request({
    method: 'DELETE',
    path: `/api/v1/namespaces/${id}/pods/${name}`,
    query: { gracePeriodSeconds: 0 },
    subject: 'delete pod',
    repeatable: true,
  })
}

function query(more: Partial<LogQuery> = {}): LogQuery {
  return { namespace: id, deployment: 'blog', tail: 100, follow: false, ...more }
}

async function read(more: Partial<LogQuery> = {}): Promise<string[]> {
  const lines: string[] = []
  for await (const { source, text } of logs.lines(query(more), end.signal)) lines.push(`${source}: ${text}`)
  return lines
}

/** Collects lines as they come. */
function follow(more: Partial<LogQuery> = {}): string[] {
  const lines: string[] = []
  void (async () => {
    for await (const { source, text } of logs.lines(query({ follow: true, ...more }), end.signal))
      lines.push(`${source}: ${text}`)
  })()
  return lines
}

test('the last lines of all pods, in the order of their times', async () => {
  await pod('a', 'blog-1')
  await pod('b', 'blog-1')
  kubelet.write('a', 'one')
  kubelet.write('b', 'two')
  kubelet.write('a', 'three')
  expect(await read()).toEqual(['a: one', 'b: two', 'a: three'])
  expect(await read({ tail: 2 })).toEqual(['b: two', 'a: three'])
  expect(await read({ tail: 0 })).toEqual([])
})

test('only of the Deployment, and of the Release where one is named', async () => {
  await pod('old', 'blog-1')
  await pod('new', 'blog-2')
  kubelet.write('old', 'one')
  kubelet.write('new', 'two')
  expect(await read({ release: 'blog-2' })).toEqual(['new: two'])
  expect(await read({ deployment: 'shop' })).toEqual([])
})

test('a container that was started again and is silent yet: the last words of the one before', async () => {
  await pod('a', 'blog-1')
  kubelet.write('a', 'Error: no database')
  await restart('a', 1)
  expect(await read()).toEqual(['a: Error: no database'])
  kubelet.write('a', 'second try')
  expect(await read()).toEqual(['a: second try'])
})

test('following shows each line once: over restarts, lost connections, pods that come and pods that go', async () => {
  await pod('a', 'blog-1')
  kubelet.write('a', 'before')
  const lines = follow()
  const expected: string[] = ['a: before']
  const seen = (...more: string[]) => {
    expected.push(...more)
    return eventually(() => {
      expect(lines).toEqual(expected)
    })
  }
  await seen()
  kubelet.write('a', 'one', 'two')
  await seen('a: one', 'a: two')
  kubelet.cut()
  kubelet.write('a', 'while cut')
  await seen('a: while cut')
  await restart('a', 1)
  kubelet.write('a', 'restarted')
  await seen('a: restarted')
  await pod('b', 'blog-1')
  kubelet.write('b', 'hello')
  await seen('b: hello')
  await remove('a')
  kubelet.write('b', 'alone')
  await seen('b: alone')
})

test('following without a tail begins now', async () => {
  await pod('a', 'blog-1')
  kubelet.write('a', 'long ago')
  const lines = follow({ tail: 0 })
  await pod('b', 'blog-1')
  kubelet.write('b', 'new pod')
  await eventually(() => {
    expect(lines).toEqual(['b: new pod'])
  })
})

test('a signal that aborts ends it without an error', async () => {
  await pod('a', 'blog-1')
  kubelet.write('a', 'one')
  const reading = (async () => {
    for await (const line of logs.lines(query({ follow: true }), end.signal)) {
      expect(line.text).toBe('one')
      end.abort()
    }
  })()
  await reading
})
