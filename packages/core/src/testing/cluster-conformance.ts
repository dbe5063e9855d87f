import { applying } from './cluster-conformance/applying.ts'
import { creating } from './cluster-conformance/creating.ts'
import { deleting } from './cluster-conformance/deleting.ts'
import { givingUp } from './cluster-conformance/giving-up.ts'
import { lasting } from './cluster-conformance/lasting.ts'
import { patching } from './cluster-conformance/patching.ts'
import { reading } from './cluster-conformance/reading.ts'
import { Room, type Cases, type ClusterUnderTest } from './cluster-conformance/room.ts'
import { watching } from './cluster-conformance/watching.ts'
import { writersAtOnce } from './cluster-conformance/writers-at-once.ts'

export interface ClusterConformanceOptions {
  /** The runner's function that declares one test: `test` of vitest, node:test or jest. */
  readonly test: (name: string, run: () => Promise<void>) => unknown
  /** Called for each test. A shared server will do: names are unique to each test, nothing is expected to be empty. */
  readonly make: () => Promise<ClusterUnderTest>
  /** Whether `make` gives a `reopen`: then everything that was written must survive it. */
  readonly reopens?: boolean
}

const CASES: Cases = {
  ...reading,
  ...creating,
  ...patching,
  ...applying,
  ...deleting,
  ...givingUp,
  ...watching,
  ...writersAtOnce,
}

/**
 * Declares the tests that every implementation of the contract `Cluster` passes.
 *
 * @example
 * import { test } from 'node:test'
 * clusterConformance({ test, make: async () => ({ cluster: await connect(), close: async () => {} }) })
 */
export function clusterConformance({ test, make, reopens = false }: ClusterConformanceOptions): void {
  for (const [name, run] of Object.entries({ ...CASES, ...(reopens ? lasting : {}) })) {
    test(name, async () => {
      const subject = await make()
      const room = new Room(subject)
      try {
        await run(room)
      } finally {
        room.leave()
        await subject.close()
      }
    })
  }
}
