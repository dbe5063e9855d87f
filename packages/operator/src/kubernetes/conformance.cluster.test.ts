import { beforeAll, describe, test } from 'vitest'
import { clusterConformance } from '@webspaces/core/testing'
import { FaultProxy } from './fault-proxy.test.kit.ts'
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

describe('and keeps them where watches break and the server is busy', () => {
  clusterConformance({
    test,
    make: async () => {
      const proxy = await FaultProxy.start()
      const busy = { answer: 429, headers: { 'retry-after': '0' }, body: { reason: 'TooManyRequests' } }
      proxy.fault = () => (proxy.seen.length % 3 === 0 ? busy : undefined)
      const cutting = setInterval(() => proxy.cutWatches(), 100)
      const watchTimes = { firstPauseMs: 20, longestPauseMs: 200 }
      const { cluster, server } = openCluster({ kubeconfig: proxy.kubeconfig, watchTimes })
      return {
        cluster,
        close: async () => {
          clearInterval(cutting)
          await server.close()
          await proxy.stop()
        },
      }
    },
  })
})
