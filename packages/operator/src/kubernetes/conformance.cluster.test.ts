import { beforeAll, describe, test } from 'vitest'
import { clusterConformance } from '@webspaces/core/testing'
import { installKinds, openCluster } from './lab.test.kit.ts'

beforeAll(async () => {
  const lab = openCluster()
  await installKinds(lab)
  await lab.server.close()
})

describe('a cluster on Kubernetes keeps the promises of the contract', () => {
  clusterConformance({
    test,
    reopens: true,
    make: () => {
      let lab = openCluster()
      return Promise.resolve({
        cluster: lab.cluster,
        reopen: async () => {
          await lab.server.close()
          lab = openCluster()
          return lab.cluster
        },
        close: () => lab.server.close(),
      })
    },
  })
})
