import {
  createDistribution,
  DEFAULT_CONFIG,
  RELEASES,
  RUNTIME,
  Webspace,
  type Distribution,
  type Logger,
  type Plugin,
  type Release,
  type Runtime,
} from '@webspaces/core'
import { sampleRelease } from '@webspaces/core/testing'
import type { ControllerOptions } from '../controller/controller.ts'
import { controllers, reconcilers } from '../reconcilers/plugins.ts'
import { systemClock } from '../system/clock.ts'
import { newId } from '../system/new-id.ts'
import type { LabCluster } from './lab.test.kit.ts'
import { kubernetes } from './plugin.ts'

/** The operator as it runs in a cluster, without git and builds. */
export async function startOperator(
  kubeconfig: string,
  logger: Logger,
  options: Partial<ControllerOptions> = {},
): Promise<Distribution> {
  const runtime: Plugin = {
    name: 'runtime',
    contractVersion: 1,
    register: (container) => container.contribute(RUNTIME, { useValue: { name: 'node', title: 'Node.js' } as Runtime }),
  }
  const addressing = { domain: 'sites.example', scheme: 'https', git: { host: 'git.example', port: 22 } } as const
  const platform = createDistribution({
    plugins: [kubernetes({ kubeconfig, addressing }), runtime, controllers(options), reconcilers()],
    clock: systemClock,
    newId,
    logger,
    config: DEFAULT_CONFIG,
  })
  await platform.start()
  return platform
}

/** What a push leaves behind when its ref has moved. */
export async function release(
  platform: Distribution,
  lab: LabCluster,
  webspace: string,
  branch: string,
): Promise<Release> {
  const owner = await lab.cluster.get(Webspace, { name: webspace })
  return platform.resolve(RELEASES).createAccepted(owner, sampleRelease(branch))
}
