import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { coreError, Customer } from '@webspaces/core'
import { commitAll, startProgram, startTestServer, until, type TestServer } from '../test-server.test.kit.ts'

let server: TestServer
let work: string

beforeEach(async () => {
  server = await startTestServer()
  work = await server.workTree()
})
afterEach(() => server.stop())

const push = (...args: readonly string[]) => server.git(['push', server.url('blog'), ...args], { cwd: work })
const branches = () => server.repositories.branches('blog')

test('a push goes through the receiver once, with all its refs and options, before any ref moves', async () => {
  server.receiver.receiving = async () => expect(await branches()).toEqual([])
  server.receiver.settling = async () => expect(await branches()).toHaveLength(2)
  const oid = await commitAll(work, 'second')
  const result = await push('-o', 'no-wait', '-o', 'reason=a b $HOME "x"', 'main', 'main:feature/x')
  expect(result.code).toBe(0)
  expect(server.receiver.events).toEqual(['receive', 'settle'])
  expect(server.receiver.pushes[0]).toMatchObject({
    webspace: 'blog',
    pusher: 'alice@laptop',
    source: 'push',
    options: ['no-wait', 'reason=a b $HOME "x"'],
    updates: [
      { ref: 'refs/heads/main', new: oid },
      { ref: 'refs/heads/feature/x', new: oid },
    ],
  })
  expect(server.receiver.pushes[0]?.updates[0]).not.toHaveProperty('old')
})

test('an update names the old value, a deletion no new one', async () => {
  const first = await commitAll(work, 'a')
  await push('main', 'main:gone')
  const second = await commitAll(work, 'b')
  expect((await push('main', ':gone')).code).toBe(0)
  expect(server.receiver.pushes[1]?.updates).toHaveLength(2)
  expect(server.receiver.pushes[1]?.updates).toContainEqual({ ref: 'refs/heads/main', old: first, new: second })
  expect(server.receiver.pushes[1]?.updates).toContainEqual({ ref: 'refs/heads/gone', old: first })
  expect(await branches()).toEqual([{ name: 'main', oid: second }])
})

test('a push of nothing but a deletion works, although git makes no quarantine for it', async () => {
  await push('main', 'main:gone')
  server.receiver.receiving = async ({ repository }) => {
    expect([...(await repository.refs()).keys()]).toEqual(['refs/heads/gone', 'refs/heads/main'])
  }
  expect((await push(':gone')).code).toBe(0)
})

test('the pusher sees lines as they come, without control characters', async () => {
  server.receiver.receiving = (_push, io) => {
    io.log('\u001b[31mred\u001b[0m\tand\u0007 quiet\r')
    io.log('ünïcode')
    return Promise.resolve()
  }
  server.receiver.settling = (io) => {
    io.log('http://blog.localhost:8080')
    return Promise.resolve()
  }
  const { stderr } = await push('main')
  expect(stderr.split('\n').map((line) => line.trimEnd())).toEqual(
    expect.arrayContaining(['remote: red\tand quiet', 'remote: ünïcode', 'remote: http://blog.localhost:8080']),
  )
})

test('a refused push says why, moves no ref and leaves nothing', async () => {
  server.receiver.receiving = () => Promise.reject(coreError('WS_BUILD_FAILED', 'npm run build ended with 1'))
  const { code, stderr } = await push('main')
  expect(code).toBe(1)
  expect(stderr).toContain('remote: WS_BUILD_FAILED: npm run build ended with 1')
  expect(stderr).toContain('remote:   Correct it and push again')
  expect(stderr).toContain('! [remote rejected] main -> main (pre-receive hook declined)')
  expect(await branches()).toEqual([])
  expect(await server.quarantines('blog')).toEqual([])
  expect(server.logs.filter(({ message }) => message === 'push refused')).toHaveLength(1)
  server.receiver.receiving = () => Promise.resolve()
  expect((await push('main')).code).toBe(0)
})

test('an error without a code is told by its id, and its text is kept for the log', async () => {
  server.receiver.receiving = () => Promise.reject(new Error('secret /path'))
  const { code, stderr } = await push('main')
  expect(code).toBe(1)
  expect(stderr).toMatch(/remote: WS_INTERNAL: the push could not be handled \(id [-0-9a-f]{36}\)/)
  expect(stderr).not.toContain('secret')
  const [logged] = server.logs.filter(({ message }) => message === 'push failed')
  expect(logged?.fields['error']).toMatchObject({ message: 'secret /path' })
})

test('a key that is removed while a pack is on its way no longer counts when it has arrived', async () => {
  const go = join(server.folder, 'go')
  const ssh = join(server.folder, 'slow-ssh')
  const options = server.sshOptions(server.keys.alice.file).join(' ')
  await writeFile(
    ssh,
    `#!/bin/sh\n(dd bs=1 count=4; until [ -e ${go} ]; do sleep 0.05; done; cat) 2>/dev/null | ssh ${options} "$@"\n`,
    {
      mode: 0o755,
    },
  )
  const slow = server.git(['push', server.url('blog'), 'main'], {
    cwd: work,
    env: { GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh' },
  })
  await until(() => server.logs.some(({ message }) => message === 'command started'), 'the push begins')
  await server.cluster.patch(Customer, { name: 'alice' }, { spec: { sshKeys: [] } })
  await until(() => server.caches.customers.get('alice')?.spec.sshKeys.length === 0, 'the change is seen')
  await writeFile(go, '')
  const { code, stderr } = await slow
  expect(code).toBe(1)
  expect(stderr).toContain('remote: WS_ACCESS_DENIED')
  expect(server.receiver.pushes).toEqual([])
  expect(await branches()).toEqual([])
})

test('when the client is killed, the receiver is stopped, the ref stays and nothing is left over', async () => {
  let aborted: unknown
  server.receiver.receiving = async (_push, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    aborted = signal.reason
    signal.throwIfAborted()
  }
  const client = startProgram('git', ['push', server.url('blog'), 'main'], {
    cwd: work,
    env: server.gitEnvironment(server.keys.alice.file),
  })
  await until(() => server.receiver.pushes.length === 1, 'the push arrives')
  client.kill()
  await until(() => aborted !== undefined, 'the receiver is told')
  expect(aborted).toMatchObject({ code: 'WS_PUSH_CANCELLED' })
  await until(() => gitProcesses(server.folder).length === 0, 'no git is left')
  expect(await branches()).toEqual([])
  expect(await server.quarantines('blog')).toEqual([])
})

test('a receiver that was told of acceptance is told to take it back where git could not move the ref', async () => {
  await push('main:refs/heads/feature')
  server.receiver.events.length = 0
  // git finds only after the hook that a branch cannot be a folder of another.
  const { code } = await push('main:refs/heads/feature/x')
  expect(code).toBe(1)
  expect(server.receiver.events).toEqual(['receive', 'abandon'])
})

test('two pushes to one branch: git refuses the slower, and its receipt is abandoned', async () => {
  await push('main')
  await commitAll(work, 'slow')
  let release: () => void = () => undefined
  server.receiver.receiving = (incoming) =>
    incoming.options.includes('slow') ? new Promise((resolve) => (release = resolve)) : Promise.resolve()
  const slow = push('-o', 'slow', 'main')
  await until(() => server.receiver.pushes.length === 2, 'the slow push arrives')
  await commitAll(work, 'fast')
  expect((await push('main')).code).toBe(0)
  release()
  expect((await slow).code).toBe(1)
  expect(server.receiver.events.slice(2)).toEqual(['receive', 'receive', 'settle', 'abandon'])
})

test('a stopping server tells the pusher, and leaves the ref where it was', async () => {
  await server.stop()
  server = await startTestServer({ lastWordsMs: 20_000 })
  work = await server.workTree()
  server.receiver.receiving = async (_push, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    signal.throwIfAborted()
  }
  const result = push('main')
  await until(() => server.receiver.pushes.length === 1, 'the push arrives')
  await server.server.close(AbortSignal.timeout(100))
  const { code, stderr } = await result
  expect(code).toBe(1)
  expect(stderr).toContain('WS_PUSH_CANCELLED: the platform is shutting down')
  expect(await branches()).toEqual([])
  expect(gitProcesses(server.folder)).toEqual([])
})

test('a stopping server lets a push come to its end, and the client takes it for done', async () => {
  let goOn: () => void = () => undefined
  server.receiver.receiving = () => new Promise((resolve) => (goOn = resolve))
  const result = push('main')
  await until(() => server.receiver.pushes.length === 1, 'the push arrives')
  const closed = server.server.close(AbortSignal.timeout(20_000))
  goOn()
  const { code, stderr } = await result
  expect([code, stderr]).toEqual([0, expect.stringContaining('main -> main')])
  await closed
})

test('a pack over its limit is refused with the limit', async () => {
  await server.stop()
  server = await startTestServer({ packBytes: 50_000 })
  work = await server.workTree()
  await writeFile(
    join(work, 'big'),
    Buffer.alloc(200_000).map(() => Math.random() * 256),
  )
  await commitAll(work, 'big')
  const { code, stderr } = await push('main')
  expect(code).not.toBe(0)
  expect(stderr).toContain('webspaces: WS_PUSH_TOO_LARGE: the pushed pack is over its limit of 50000 bytes')
  expect(server.receiver.pushes).toEqual([])
  expect(await server.quarantines('blog')).toEqual([])
})

test('too many push options, and too long a list of refs, are refused before git keeps them', async () => {
  const options = Array.from({ length: 21 }, (_, index) => ['-o', `x${index}`]).flat()
  const many = await push(...options, 'main')
  expect(many.code).not.toBe(0)
  expect(many.stderr).toContain('webspaces: WS_GIT_REQUEST: there are more than 20 push options')

  await server.stop()
  server = await startTestServer({ requestBytes: 2000 })
  work = await server.workTree()
  const refs = Array.from({ length: 50 }, (_, index) => `main:refs/heads/branch-${index}`)
  const long = await push(...refs)
  expect(long.code).not.toBe(0)
  expect(long.stderr).toContain('webspaces: WS_GIT_REQUEST: the list of refs and push options is over 2000 bytes')
  expect(server.receiver.pushes).toEqual([])
})

test('broken objects are refused', async () => {
  const tree = execFileSync('git', ['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], {
    cwd: work,
    input: Buffer.concat([Buffer.from('100644 .git\0'), Buffer.alloc(20, 1)]),
  })
  const commit = execFileSync('git', ['commit-tree', '-m', 'bad', tree.toString().trim()], {
    cwd: work,
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: 'x',
      GIT_AUTHOR_EMAIL: 'x@x',
      GIT_COMMITTER_NAME: 'x',
      GIT_COMMITTER_EMAIL: 'x@x',
    },
  })
  const { code, stderr } = await push(`${commit.toString().trim()}:refs/heads/main`)
  expect(code).not.toBe(0)
  expect(stderr).toMatch(/hasDotgit|unpack|unresolved|fatal/i)
  expect(server.receiver.pushes).toEqual([])
})

test('a hook in the repository is never run', async () => {
  const path = await server.store.ensure('blog', 'main')
  const marker = join(server.folder, 'planted')
  for (const hook of ['pre-receive', 'update', 'post-receive', 'post-update', 'reference-transaction']) {
    await writeFile(join(path, 'hooks', hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 }).catch(async () => {
      execFileSync('mkdir', ['-p', join(path, 'hooks')])
      await writeFile(join(path, 'hooks', hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 })
    })
  }
  expect((await push('main')).code).toBe(0)
  expect(() => execFileSync('test', ['-e', marker])).toThrow()
})

test('a suspended customer can read and not push', async () => {
  await push('main')
  await server.cluster.patch(Customer, { name: 'alice' }, { spec: { suspended: true } })
  await until(() => server.caches.customers.get('alice')?.spec.suspended === true, 'the change is seen')
  const refused = await push('main:again')
  expect(refused.code).toBe(128)
  expect(refused.stderr).toContain('webspaces: WS_SUSPENDED: customer alice is suspended')
  expect((await server.git(['ls-remote', server.url('blog')])).stdout).toContain('refs/heads/main')
})

/** Command lines of git processes on this folder. */
function gitProcesses(folder: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'args']).toString().split('\n')
  return lines.filter(
    (line) =>
      line.includes(folder) && /git.*(receive-pack|upload-pack|pack-objects)/.test(line) && !line.startsWith('ssh'),
  )
}
