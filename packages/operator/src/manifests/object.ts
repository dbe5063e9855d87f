import type { KubernetesObject } from '@webspaces/core'

/** An object as it is handed to kubectl: the fields of its kind are Kubernetes' and not checked here. */
export type ManifestObject = KubernetesObject & Readonly<Record<string, unknown>>

export type Component = 'git' | 'operator'

/** Name of what belongs to one component: `webspaces-git`. */
export function nameOf(component: Component): string {
  return `webspaces-${component}`
}

/**
 * Not `app.kubernetes.io/managed-by: webspaces`, which marks what the operator itself writes and tidies up.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export const COMMON_LABELS = { 'app.kubernetes.io/name': 'webspaces', 'app.kubernetes.io/part-of': 'webspaces' }

export function labelsOf(component: Component): Readonly<Record<string, string>> {
  return { ...COMMON_LABELS, ...selectorOf(component) }
}

/** Never changes: that of a Deployment cannot. */
export function selectorOf(component: Component): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': 'webspaces', 'app.kubernetes.io/component': component }
}
