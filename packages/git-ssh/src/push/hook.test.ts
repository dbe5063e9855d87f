import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Git, type GitProcess } from '../git/git.ts'
import { writeHooks } from '../repositories/hook-scripts.ts'
import { commitAll, run, testEnvironment } from '../test-server.test.kit.ts'
import { onHookMessage, parseHookMessage } from './hook.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'webspaces-hook-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Pushes a commit with `git send-pack`, with what a Push would be at the other end of the hooks. */
async function pushTo(
  answer: (process: GitProcess) => void,
): Promise<{ readonly refs: string; readonly code: number | null }> {
  const env = testEnvironment(folder)
  const [work, bare, hooks] = ['work', 'bare.git', 'hooks'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  await run('git', ['init', '-q', '-b', 'main', work], { cwd: folder, env })
  await run('git', ['init', '-q', '--bare', bare], { cwd: folder, env })
  const oid = await commitAll(work, 'first')
  await writeHooks(hooks)
  const process = new Git(hooks).start(['receive-pack', bare], { pipes: 3 })
  const pack = new Git(hooks).start(['-C', work, 'pack-objects', '--revs', '--stdout', '-q'])
  process.stdout.resume()
  const [control] = process.pipes
  if (control === undefined) throw new Error('no pipe')
  onHookMessage(
    control,
    10_000,
    () => answer(process),
    () => process.kill(),
  )
  const command = `${'0'.repeat(40)} ${oid} refs/heads/main\0report-status`
  process.stdin.write(`${(command.length + 4).toString(16).padStart(4, '0')}${command}0000`)
  pack.stdin.end(`${oid}\n`)
  pack.stdout.pipe(process.stdin)
  const { code } = await process.exited
  return { code, refs: (await run('git', ['for-each-ref'], { cwd: bare, env })).stdout }
}

const end = ({ pipes: [, before, after] }: GitProcess): void => {
  before?.end()
  after?.end()
}

test('the verdict decides', async () => {
  const accepted = await pushTo((process) => {
    end(process)
    process.pipes[0]?.write('accept\n')
  })
  expect(accepted.refs).toContain('refs/heads/main')
})

test.each(['refuse\n', 'acceptance\n', 'accept', '\n'])('the verdict %j is a refusal', async (verdict) => {
  const { refs } = await pushTo((process) => {
    end(process)
    process.pipes[0]?.end(verdict)
  })
  expect(refs).toBe('')
})

test('the end of the platform is a refusal', async () => {
  // What the kernel does to the pipes of a process that was killed.
  const { refs } = await pushTo(({ pipes }) => {
    for (const pipe of pipes) pipe.destroy()
  })
  expect(refs).toBe('')
})

test('messages are taken apart as the hooks put them together', () => {
  const word = fc.string().map((text) => text.replaceAll('\0', ''))
  fc.assert(
    fc.property(word.filter(Boolean), word, fc.array(word), (objectDirectory, alternates, options) => {
      const updates = `${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/x\n`
      const text = ['pre-receive', objectDirectory, alternates, String(options.length), ...options, updates, ''].join(
        '\0',
      )
      expect(parseHookMessage(Buffer.from(text))).toEqual({
        hook: 'pre-receive',
        options: options.map((option) => Buffer.from(option).toString()),
        quarantine: {
          objectDirectory: Buffer.from(objectDirectory).toString(),
          alternates: Buffer.from(alternates).toString(),
        },
        updates: [{ ref: 'refs/heads/x', new: 'a'.repeat(40) }],
      })
    }),
  )
})

test('a message is not taken before it is whole', () => {
  const whole = Buffer.from(
    ['pre-receive', '/q', '/a', '2', 'one', '', `${'0'.repeat(40)} ${'a'.repeat(40)} r\n`, ''].join('\0'),
  )
  for (let length = 0; length < whole.length; length += 1) {
    expect(parseHookMessage(whole.subarray(0, length))).toBeUndefined()
  }
  expect(parseHookMessage(whole)).toBeDefined()
})
