import { customResourceDefinition, RESOURCE_KINDS, type KubernetesObject } from '@webspaces/core'
import { gitServer } from './git-server.ts'
import { metricsService, networkPolicies } from './network.ts'
import type { ManifestObject } from './object.ts'
import { operator, operatorDisruptionBudget } from './operator.ts'
import type { ManifestOptions, ManifestPart } from './options.ts'
import { rbac } from './rbac.ts'
import { settingsObject, startedWithSettings } from './settings.ts'

/**
 * Everything that a cluster needs: `crds` are the four kinds; `rbac` the namespace, the service accounts and what they
 * may do; `workloads` what runs.
 */
export function manifests(options: ManifestOptions): Readonly<Record<ManifestPart, readonly KubernetesObject[]>> {
  return {
    crds: RESOURCE_KINDS.map(customResourceDefinition),
    rbac: rbac(options),
    workloads: [
      settingsObject(options),
      ...workloads(options).map((object) => startedWithSettings(object, options)),
      operatorDisruptionBudget(options),
    ],
  }
}

/** The same on every version of Kubernetes, and without the settings, which kustomize makes by itself. */
export function workloads(options: ManifestOptions): ManifestObject[] {
  return [...gitServer(options), ...operator(options), metricsService(options), ...networkPolicies(options)]
}
