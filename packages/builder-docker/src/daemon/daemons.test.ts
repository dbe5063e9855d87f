import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock, Logger } from '@webspaces/core'
import { afterEach, expect, test } from 'vitest'
import { Daemon } from './daemon.ts'
import type { DaemonLost } from './daemon-lost.ts'
import { Daemons, rendezvous } from './daemons.ts'

const NAMES = Array.from({ length: 300 }, (_, index) => `blog-${index}`)
const urls = (count: number): { readonly url: string }[] =>
  Array.from({ length: count }, (_, index) => ({ url: `tcp://builder-${index}:2375` }))

test('Webspaces are spread over the daemons, and each always comes to the same', () => {
  const daemons = urls(3)
  const first = NAMES.map((name) => rendezvous(daemons, name)[0]?.url)
  expect(NAMES.map((name) => rendezvous([...daemons].reverse(), name)[0]?.url)).toEqual(first)
  for (const { url } of daemons) expect(first.filter((each) => each === url).length).toBeGreaterThan(60)
})

test('a further daemon takes its share, and moves no Webspace between the others', () => {
  const before = NAMES.map((name) => rendezvous(urls(3), name)[0]?.url)
  const after = NAMES.map((name) => rendezvous(urls(4), name)[0]?.url)
  const moved = after.filter((url, index) => url !== before[index])
  expect(new Set(moved)).toEqual(new Set(['tcp://builder-3:2375']))
  expect(moved.length).toBeLessThan(150)
})

const ignore = (): void => undefined
const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger }
const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

/** As much of a daemon as says that it is there. */
async function listening(
  port = 0,
): Promise<{ readonly url: string; readonly asked: () => number; readonly port: number }> {
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.setHeader('content-type', 'application/json').end('{"ApiVersion":"1.41"}')
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: taken } = server.address() as AddressInfo
  return { url: `tcp://127.0.0.1:${taken}`, asked: () => asked, port: taken }
}

test('a daemon that is away is left alone for a while, and comes back', async () => {
  let now = 0
  const clock: Clock = { now: () => now, sleep: () => Promise.resolve() }
  const [one, two] = [await listening(), await listening()]
  const daemons = new Daemons(
    [one, two].map(({ url }) => new Daemon({ url })),
    clock,
    logger,
  )
  const { signal } = new AbortController()
  const first = async (): Promise<{ readonly url: string | undefined; readonly lost: number }> => {
    const lost: DaemonLost[] = []
    for await (const daemon of daemons.reachable('blog', lost, signal)) return { url: daemon.url, lost: lost.length }
    return { url: undefined, lost: lost.length }
  }
  const own = (await first()).url
  const [mine, other] = own === one.url ? [one, two] : [two, one]

  servers[servers.length - (mine === one ? 2 : 1)]?.close()
  expect(await first()).toEqual({ url: other.url, lost: 1 })
  // Not asked again at once.
  expect(await first()).toEqual({ url: other.url, lost: 0 })
  const back = await listening(mine.port)
  expect(await first()).toEqual({ url: other.url, lost: 0 })
  expect(back.asked()).toBe(0)
  now += 60_000
  expect(await first()).toEqual({ url: mine.url, lost: 0 })
})

test('where all are away each is asked, and each is told of', async () => {
  const clock: Clock = { now: () => 0, sleep: () => Promise.resolve() }
  const gone = await Promise.all([listening(), listening()])
  servers.splice(0).forEach((server) => server.close())
  const daemons = new Daemons(
    gone.map(({ url }) => new Daemon({ url })),
    clock,
    logger,
  )
  for (let round = 0; round < 2; round++) {
    const lost: DaemonLost[] = []
    for await (const daemon of daemons.reachable('blog', lost, new AbortController().signal))
      expect(daemon).toBeUndefined()
    expect(lost.map(({ message }) => message).join()).toContain('ECONNREFUSED')
    expect(lost).toHaveLength(2)
  }
})
