import { describe, test } from 'vitest'
import { clusterConformance } from '@webspaces/core/testing'
import { Rig } from './rig.test.kit.ts'

describe('a started folder cluster keeps the promises of the contract', () => {
  clusterConformance({
    test,
    reopens: true,
    make: async () => {
      const rig = await Rig.make()
      return { cluster: await rig.start(), reopen: () => rig.start(), close: () => rig.remove() }
    },
  })
})
