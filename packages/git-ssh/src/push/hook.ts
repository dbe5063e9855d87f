import type { Duplex } from 'node:stream'
import type { RefUpdate } from '@webspaces/core'
import type { Quarantine } from '../repositories/quarantine.ts'

/** What a hook says, once it has said all of it. */
export type HookMessage =
  | {
      readonly hook: 'pre-receive'
      readonly updates: readonly RefUpdate[]
      readonly options: readonly string[]
      /** Where git keeps the pushed objects until it has accepted them; undefined for a push of deletions alone. */
      readonly quarantine: Quarantine | undefined
    }
  | { readonly hook: 'post-receive'; readonly updates: readonly RefUpdate[] }

/** Calls `handle` for each message of the hooks that write to this pipe, or `tooLong` for one that goes on and on. */
export function onHookMessage(
  control: Duplex,
  maxBytes: number,
  handle: (message: HookMessage) => void,
  tooLong: () => void,
): void {
  let received = Buffer.alloc(0)
  control.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (received.length > maxBytes) {
      control.pause()
      tooLong()
      return
    }
    const message = parseHookMessage(received)
    if (message === undefined) return
    received = Buffer.alloc(0)
    handle(message)
  })
}

/** Undefined as long as something is missing. */
export function parseHookMessage(bytes: Buffer): HookMessage | undefined {
  if (bytes.at(-1) !== 0) return undefined
  const [hook, ...fields] = bytes.toString('utf8').slice(0, -1).split('\0')
  if (hook === 'post-receive') {
    const [updates] = fields
    return updates === undefined ? undefined : { hook, updates: parseUpdates(updates) }
  }
  const [objectDirectory = '', alternates = '', count, ...rest] = fields
  if (hook !== 'pre-receive' || count === undefined || rest.length !== Number(count) + 1) return undefined
  return {
    hook,
    updates: parseUpdates(rest.at(-1) ?? ''),
    options: rest.slice(0, -1),
    quarantine: objectDirectory === '' ? undefined : { objectDirectory, alternates },
  }
}

/** Lines of githooks(5): old oid, new oid, ref; an oid of zeros where there is none. */
function parseUpdates(text: string): RefUpdate[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [old = '', wanted = '', ...ref] = line.split(' ')
      return {
        ref: ref.join(' '),
        ...(isZero(old) ? {} : { old }),
        ...(isZero(wanted) ? {} : { new: wanted }),
      }
    })
}

function isZero(oid: string): boolean {
  return /^0*$/.test(oid)
}
