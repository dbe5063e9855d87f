import type { Clock, KubernetesObject, WatchedCache } from '@webspaces/core'

const LIMIT_MS = 5_000

/**
 * Waits until a cache has caught up with an object that was just written, or a few seconds: a watch is a moment behind,
 * and longer while a connection is lost.
 */
export async function untilSeen<T extends KubernetesObject>(
  cache: WatchedCache<T>,
  key: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  const unsubscribe = cache.onChange((change) => {
    if (change.key === key) over.abort()
  })
  if (cache.get(key) !== undefined) over.abort()
  // It ends early by an abort and in no other way: seen, or the work is over.
  await clock.sleep(LIMIT_MS, AbortSignal.any([signal, over.signal])).catch(() => undefined)
  unsubscribe()
}
