import { randomUUID } from 'node:crypto'
import { GarbageCollector } from '../cluster/garbage-collector.ts'
import { Mutex } from '../cluster/mutex.ts'
import { ObjectCluster } from '../cluster/object-cluster.ts'
import { ObjectIndex } from '../cluster/object-index.ts'
import type { Cluster } from '../contracts/cluster.ts'
import type { Clock, NewId } from '../contracts/system.ts'
import { hasCode } from '../errors/error.ts'
import { keyOf } from '../resources/object.ts'

export interface MemoryClusterOptions {
  /** The system's time where left out. */
  readonly clock?: Pick<Clock, 'now'>
  /** Makes uids; random where left out. */
  readonly newId?: NewId
}

/**
 * A Cluster that keeps everything in memory: for tests of plugins, reconcilers and rules. It passes the same conformance
 * suite as the real ones. Objects that it returns are frozen.
 */
export function memoryCluster(options: MemoryClusterOptions = {}): Cluster {
  const mutex = new Mutex()
  const objects = new ObjectIndex((object, event) => garbage.noticed(object, event))
  const cluster = new ObjectCluster({
    objects,
    clock: options.clock ?? { now: () => Date.now() },
    newId: options.newId ?? randomUUID,
    storage: {
      exclusive: (work) => mutex.run(work),
      beforeRead: () => Promise.resolve(),
      beforeChange: () => Promise.resolve(),
      write: () => Promise.resolve(),
      remove: () => Promise.resolve(),
    },
  })
  const garbage = new GarbageCollector(objects, async (kind, object) => {
    const { uid } = object.metadata
    try {
      await cluster.delete(kind, keyOf(object), uid === undefined ? {} : { uid })
    } catch (error) {
      // It went by itself, or another took its name.
      if (!hasCode(error, 'WS_NOT_FOUND', 'WS_CONFLICT')) throw error
    }
  })
  return cluster
}
