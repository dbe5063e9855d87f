import {
  ADDRESSING,
  BUILDER,
  CLOCK,
  CLUSTER,
  LOGGER,
  LOGS,
  PART,
  RECONCILER,
  REPOSITORIES,
  type Plugin,
} from '@webspaces/core'
import type { ControllerOptions } from '../controller/controller.ts'
import { Controllers } from '../controller/controllers.ts'
import { LEADERSHIP } from '../controller/leadership.ts'
import { CONTROLLER_OBSERVER } from '../controller/observer.ts'
import { Watches, WATCHES } from '../controller/watches.ts'
import { CustomerReconciler } from './customer.ts'
import { Events } from './events.ts'
import { ImagePruning } from './pruning.ts'
import { ReleaseReconciler } from './release.ts'
import { RepositoryReconciler } from './repository.ts'
import { RuntimeReconciler } from './runtime.ts'
import { WebspaceReconciler } from './webspace.ts'

/** The engine that runs the reconcilers of a distribution, whoever contributed them. */
export function controllers(options: Partial<ControllerOptions> = {}): Plugin {
  return {
    name: '@webspaces/operator/controllers',
    contractVersion: 1,
    requires: [CLUSTER],
    register(container) {
      container.provide(WATCHES, { useClass: Watches })
      container.contribute(PART, {
        useFactory: (resolver) =>
          new Controllers(
            resolver.resolveAll(RECONCILER),
            resolver.resolve(WATCHES),
            {
              clock: resolver.resolve(CLOCK),
              logger: resolver.resolve(LOGGER),
              ...(resolver.has(CONTROLLER_OBSERVER) ? { observer: resolver.resolve(CONTROLLER_OBSERVER) } : {}),
              ...(resolver.has(LEADERSHIP) ? { leadership: resolver.resolve(LEADERSHIP) } : {}),
            },
            options,
          ),
      })
    },
  }
}

/** The operator's side: from Customers, Runtimes, Webspaces and Releases to what runs. Needs {@link controllers}. */
export function reconcilers(): Plugin {
  return {
    name: '@webspaces/operator/reconcilers',
    contractVersion: 1,
    requires: [CLUSTER, LOGS, ADDRESSING, WATCHES],
    register(container) {
      container.contribute(RECONCILER, { useClass: CustomerReconciler })
      container.contribute(RECONCILER, { useClass: RuntimeReconciler })
      container.contribute(RECONCILER, { useClass: WebspaceReconciler })
      container.contribute(RECONCILER, { useClass: ReleaseReconciler })
    },
  }
}

/** Events on what people would want to know, for a cluster whose users look at them. */
export function events(): Plugin {
  return {
    name: '@webspaces/operator/events',
    contractVersion: 1,
    requires: [CLUSTER, LEADERSHIP],
    register: (container) => container.contribute(PART, { useClass: Events }),
  }
}

/** The git server's side: repositories, the phase of Releases, and the images that builds leave. Needs {@link controllers}. */
export function repositoryReconciler(): Plugin {
  return {
    name: '@webspaces/operator/repositories',
    contractVersion: 1,
    requires: [CLUSTER, REPOSITORIES, BUILDER, WATCHES],
    register(container) {
      container.contribute(RECONCILER, { useClass: RepositoryReconciler })
      container.contribute(PART, { useClass: ImagePruning })
    },
  }
}
