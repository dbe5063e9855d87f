import {
  checkTemplate,
  CLOCK,
  CLUSTER,
  hasCode,
  inject,
  injectable,
  Reason,
  RuntimeResource,
  RUNTIMES,
  type Clock,
  type Cluster,
  type ObjectKey,
  type ReconcileContext,
  type Reconciler,
  type ReconcileResult,
  type Runtime,
  type Watched,
  type WatchedCache,
} from '@webspaces/core'
import { WATCHES, type Watches } from '../controller/watches.ts'
import { conditionsOf, ready, stalled, type Outcome } from './outcome.ts'
import { StatusWriter } from './status.ts'

/** Tells whether a Runtime can be built with: its plugin is installed, and its template is one that is accepted. */
@injectable()
export class RuntimeReconciler implements Reconciler {
  readonly name = 'runtime'
  readonly kind = RuntimeResource
  readonly watches: readonly Watched[] = []
  readonly #resources: WatchedCache<RuntimeResource>
  readonly #status: StatusWriter<RuntimeResource>

  constructor(
    @inject(CLUSTER) cluster: Cluster,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(RUNTIMES) private readonly plugins: readonly Runtime[],
    @inject(WATCHES) watches: Watches,
  ) {
    this.#resources = watches.of(RuntimeResource)
    this.#status = new StatusWriter(cluster, RuntimeResource)
  }

  async reconcile({ name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> {
    const resource = this.#resources.get(name)
    if (resource === undefined) return {}
    const conditions = conditionsOf(resource, this.#judge(resource), this.clock.now())
    await this.#status.write(resource, { conditions }, context)
    return {}
  }

  #judge({ spec }: RuntimeResource): Outcome {
    const plugin = this.plugins.find(({ name }) => name === spec.plugin)
    if (spec.plugin !== undefined && plugin === undefined) {
      const installed = this.plugins.map(({ name }) => name).join(', ') || 'none'
      return stalled(
        Reason.RuntimePluginMissing,
        `spec.plugin: ${spec.plugin} is not installed (installed: ${installed})`,
      )
    }
    try {
      if (spec.dockerfile !== undefined) checkTemplate(spec.dockerfile)
    } catch (error) {
      if (hasCode(error, 'WS_TEMPLATE_REFUSED')) {
        return stalled(Reason.TemplateRefused, `spec.dockerfile: ${error.message}`)
      }
      throw error
    }
    if (plugin !== undefined) return ready(`builds ${plugin.title}`)
    return ready(
      spec.dockerfile === undefined
        ? 'builds only repositories that have their own Dockerfile'
        : 'builds every repository by spec.dockerfile',
    )
  }
}
