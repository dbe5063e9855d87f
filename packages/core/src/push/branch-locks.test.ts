import { expect, test } from 'vitest'
import { BranchLocks } from './branch-locks.ts'

const never = new AbortController().signal

test('a newer push cancels the older one and goes on when it has let go', async () => {
  const locks = new BranchLocks()
  const first = await locks.acquire('main', 'a', never)
  const second = locks.acquire('main', 'b', never)
  expect(first.signal.reason).toMatchObject({
    code: 'WS_PUSH_SUPERSEDED',
    message: expect.stringContaining('push b') as string,
  })
  first.release()
  expect((await second).signal.aborted).toBe(false)
})

test('of several that wait, only the newest goes on, and not before the first has let go', async () => {
  const locks = new BranchLocks()
  const first = await locks.acquire('main', 'a', never)
  const second = locks.acquire('main', 'b', never)
  const third = locks.acquire('main', 'c', never)
  await expect(second).rejects.toMatchObject({ code: 'WS_PUSH_SUPERSEDED' })
  let gone = false
  void third.then(() => (gone = true))
  await new Promise(setImmediate)
  expect(gone).toBe(false)
  first.release()
  await third
})

test('a push that is accepted already is not cancelled, only waited for', async () => {
  const locks = new BranchLocks()
  const first = await locks.acquire('main', 'a', never)
  first.commit()
  const second = locks.acquire('main', 'b', never)
  expect(first.signal.aborted).toBe(false)
  first.release()
  await second
})

test('a pusher who goes away while waiting leaves the branch to the next', async () => {
  const locks = new BranchLocks()
  const first = await locks.acquire('main', 'a', never)
  first.commit()
  const gone = new AbortController()
  const second = locks.acquire('main', 'b', gone.signal)
  gone.abort(new Error('left'))
  await expect(second).rejects.toThrow('left')
  const third = locks.acquire('main', 'c', never)
  first.release()
  await third
})

test('other branches are not concerned', async () => {
  const locks = new BranchLocks()
  const main = await locks.acquire('main', 'a', never)
  await locks.acquire('other', 'b', never)
  expect(main.signal.aborted).toBe(false)
})
