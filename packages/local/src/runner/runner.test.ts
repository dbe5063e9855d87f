import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  Deployment,
  Namespace,
  type Clock,
  type Cluster,
  type DeploymentCondition,
  type DeploymentSpec,
  type Logger,
  type LogLine,
  type PodSpec,
} from '@webspaces/core'
import { memoryCluster } from '@webspaces/core/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Endpoints } from '../endpoints.ts'
import { ImageStore } from '../images/image-store.ts'
import { imageReference } from '../images/image.ts'
import { FolderLogs } from './logs/folder-logs.ts'
import { Runner } from './runner.ts'

const clock: Clock = { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) }
const ignore = (): void => undefined
const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger }
const KEY = { namespace: 'customer-acme', name: 'blog' }
const SELECTOR = { app: 'blog' }

let dir: string
let images: ImageStore
let endpoints: Endpoints
let cluster: Cluster
let runner: Runner

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'webspaces-runner-'))
  cluster = memoryCluster()
  await cluster.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: KEY.namespace } })
  await platformUp()
})
afterEach(async () => {
  await platformDown()
  await rm(dir, { recursive: true, force: true })
})

async function platformUp(): Promise<void> {
  images = new ImageStore(dir)
  endpoints = new Endpoints()
  runner = new Runner({ cluster, images, endpoints, logs: new FolderLogs(dir), clock, newId: randomUUID, logger })
  await runner.start(new AbortController().signal)
}

const platformDown = (): Promise<void> => runner.stop(AbortSignal.timeout(10_000))

/** A site that answers with its name and where it runs. `before` runs first. */
const site = (name: string, before = ''): string => `
  ${before}
  const server = require('node:http').createServer((request, response) => {
    if (request.url === '/slow') setTimeout(() => response.end('slow ${name}'), 700)
    else if (request.url === '/env') response.end(JSON.stringify(process.env))
    else if (request.url === '/exit') process.exit(9)
    else if (request.url === '/hang') for (;;) ;
    else response.end('${name} ' + process.pid)
  }).listen(process.env.PORT, () => console.log('${name} is up'))
  process.on('SIGTERM', () => server.close(() => process.exit()))
`

async function image(script: string): Promise<string> {
  const digest = createHash('sha256').update(script).digest('hex')
  const reference = imageReference('blog', digest)
  const scratch = await images.scratch('test')
  await mkdir(join(scratch, 'app'))
  await writeFile(join(scratch, 'app', 'server.cjs'), script)
  const start = 'node server.cjs'
  const created = new Date().toISOString()
  await images.add(
    {
      version: 1,
      image: reference,
      buildKey: digest,
      webspace: 'blog',
      start,
      env: { FROM: 'image' },
      port: 3000,
      created,
    },
    scratch,
  )
  return reference
}

async function deploy(
  reference: string,
  spec: Partial<DeploymentSpec> = {},
  pod: Partial<PodSpec> = {},
): Promise<void> {
  const probe = { httpGet: { path: '/', port: 'http' }, periodSeconds: 1, failureThreshold: 2 }
  const env = [
    { name: 'PORT', value: '3000' },
    { name: 'GREETING', value: 'hi' },
  ]
  const container = { name: 'site', image: reference, env, readinessProbe: probe, livenessProbe: probe }
  await cluster.apply(Deployment, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: KEY,
    spec: {
      replicas: 1,
      selector: { matchLabels: SELECTOR },
      template: {
        metadata: { labels: { ...SELECTOR, 'webspaces.dev/release': 'blog-1' } },
        spec: { containers: [container], ...pod },
      },
      ...spec,
    },
  })
}

const WAIT = { timeout: 25_000, interval: 30 }

/** Waits until the status of the spec as it is now shows this. */
async function untilCondition(type: DeploymentCondition['type'], reason: string): Promise<DeploymentCondition> {
  return vi.waitFor(async () => {
    const { metadata, status } = await cluster.get(Deployment, KEY)
    expect(status?.observedGeneration).toBe(metadata.generation)
    const condition = status?.conditions?.find((candidate) => candidate.type === type)
    expect(condition?.reason, JSON.stringify(status)).toBe(reason)
    if (condition === undefined) throw new Error(`no condition ${type}`)
    return condition
  }, WAIT)
}

const untilComplete = (): Promise<DeploymentCondition> => untilCondition('Progressing', 'NewReplicaSetAvailable')

/** A request as the router makes it: under a lease. */
async function ask(path = '/'): Promise<string> {
  const lease = endpoints.acquire(KEY.namespace, SELECTOR)
  if (lease === undefined) throw new Error('no endpoint is ready')
  try {
    const { host, port } = lease.endpoint
    const response = await fetch(`http://${host}:${port}${path}`, { headers: { connection: 'close' } })
    return await response.text()
  } finally {
    lease.release()
  }
}

const pidOf = (answer: string): number => Number(answer.split(' ')[1])

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Killed processes stay visible until their parent, or init, has taken note. */
const untilDead = (pid: number): Promise<void> => vi.waitFor(() => expect(isAlive(pid)).toBe(false), WAIT)

test('a deployment becomes a process with only the environment that is named', async () => {
  await deploy(await image(site('one')))
  const condition = await untilComplete()
  expect(condition.status).toBe('True')
  expect((await cluster.get(Deployment, KEY)).status).toMatchObject({
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    unavailableReplicas: 0,
  })
  const env = JSON.parse(await ask('/env')) as Record<string, string>
  expect(Object.keys(env).toSorted()).toEqual(
    ['FROM', 'GREETING', 'HOME', 'PATH', 'PORT', 'PWD', 'TMPDIR', 'WEBSPACES_PROCESS'].toSorted(),
  )
  expect(env).toMatchObject({ FROM: 'image', GREETING: 'hi' })
  expect(env.PORT).not.toBe('3000')
  expect(env.HOME).toContain(`${dir}/tmp/blog-`)
})

test('an update loses no request, also none that takes long', async () => {
  await deploy(await image(site('one')), { replicas: 2 })
  await untilComplete()
  const answers: string[] = []
  const stop = new AbortController()
  const client = async (path: string): Promise<void> => {
    while (!stop.signal.aborted) answers.push(await ask(path))
  }
  const clients = [client('/'), client('/slow')]
  await deploy(await image(site('two')), { replicas: 2 })
  await untilComplete()
  expect(await ask()).toContain('two')
  stop.abort()
  await Promise.all(clients)
  expect(answers.filter((answer) => !/^(?:slow )?(?:one|two)/.test(answer))).toEqual([])
})

test('a version that ends at its start fails the rollout, the old one serves, and a newer one heals it', async () => {
  await deploy(await image(site('one')))
  await untilComplete()
  await deploy(await image('console.log("about to fail"); process.exit(3)'))
  const failed = await untilCondition('Progressing', 'CrashLoopBackOff')
  expect(failed.status).toBe('False')
  expect(failed.message).toMatch(/^blog-[a-z0-9]{5} exited with code 3, /)
  expect(await ask()).toContain('one')
  await deploy(await image(site('three')))
  await untilComplete()
  expect(await ask()).toContain('three')
})

test('after a restart of the platform the version that last worked serves while a newer one is broken', async () => {
  await deploy(await image(site('one')))
  await untilComplete()
  await deploy(await image('process.exit(3)'))
  await untilCondition('Progressing', 'CrashLoopBackOff')
  const before = pidOf(await ask())
  await platformDown()
  await untilDead(before)
  await platformUp()
  await vi.waitFor(async () => expect(await ask()).toContain('one'), WAIT)
  await untilCondition('Progressing', 'CrashLoopBackOff')
})

test('a version that never gets ready fails when its time is over, with what was seen', async () => {
  const broken = `require('node:http').createServer((_, response) => response.writeHead(503).end()).listen(process.env.PORT)`
  await deploy(await image(broken), { progressDeadlineSeconds: 1 })
  const failed = await untilCondition('Progressing', 'ProgressDeadlineExceeded')
  expect(failed.message).toContain('GET / was answered with 503')
  expect((await untilCondition('Available', 'MinimumReplicasUnavailable')).status).toBe('False')
})

test('an image that is not on this machine is named', async () => {
  const missing = imageReference('blog', 'f'.repeat(64))
  await deploy(missing)
  expect((await untilCondition('Progressing', 'ImageMissing')).message).toContain(missing)
})

test('a process that ends is started again, one that hangs as well', async () => {
  await deploy(await image(site('one')), {}, { terminationGracePeriodSeconds: 1 })
  await untilComplete()
  const first = pidOf(await ask())
  await ask('/exit').catch(() => undefined)
  await vi.waitFor(async () => expect(pidOf(await ask())).not.toBe(first), WAIT)
  const second = pidOf(await ask())
  const hanging = ask('/hang').catch(() => undefined)
  await vi.waitFor(async () => {
    expect(isAlive(second)).toBe(false)
    expect(pidOf(await ask())).not.toBe(second)
  }, WAIT)
  await hanging
})

test('replicas follow the spec up and down, and a deletion ends all and its logs', async () => {
  const reference = await image(site('one'))
  await deploy(reference, { replicas: 3 })
  await vi.waitFor(() => expect(endpoints.count(KEY.namespace, SELECTOR)).toBe(3), WAIT)
  await deploy(reference, { replicas: 1 })
  await vi.waitFor(() => expect(endpoints.count(KEY.namespace, SELECTOR)).toBe(1), WAIT)
  const pid = pidOf(await ask())
  await cluster.delete(Deployment, KEY)
  await untilDead(pid)
  await vi.waitFor(async () => expect(await readdir(join(dir, 'logs', KEY.namespace))).toEqual([]), WAIT)
  await vi.waitFor(async () => expect(await readdir(join(dir, 'tmp'))).toEqual([]), WAIT)
})

test('a status is written only when something changed', async () => {
  await deploy(await image(site('one')))
  await untilComplete()
  const { resourceVersion } = (await cluster.get(Deployment, KEY)).metadata
  // The probes have looked again meanwhile.
  await sleep(2500)
  expect((await cluster.get(Deployment, KEY)).metadata.resourceVersion).toBe(resourceVersion)
})

test('what processes write is in the logs, with their names', async () => {
  await deploy(await image(site('one', 'console.log("\\u001b[31mred\\u001b[0m")')))
  await untilComplete()
  const query = { ...KEY, deployment: KEY.name, tail: 10, follow: false, release: 'blog-1' }
  await vi.waitFor(async () => {
    const lines: LogLine[] = []
    for await (const line of new FolderLogs(dir).lines(query, new AbortController().signal)) lines.push(line)
    expect(lines.map(({ text }) => text)).toEqual(['red', 'one is up'])
    expect(lines[0]?.source).toMatch(/^blog-[a-z0-9]{5}$/)
  }, WAIT)
})

test('stopping the platform lets sites end by themselves, and kills those that do not', async () => {
  const stubborn = site('one').replace('server.close(() => process.exit())', '{}')
  await deploy(await image(stubborn))
  await untilComplete()
  const pid = pidOf(await ask())
  await runner.stop(AbortSignal.timeout(500))
  await untilDead(pid)
})

test('many replicas start a few at a time, and all of them start', async () => {
  await deploy(await image(site('one')), { replicas: 12 })
  await vi.waitFor(() => expect(endpoints.count(KEY.namespace, SELECTOR)).toBe(12), WAIT)
})
