import { createHash } from 'node:crypto'
import { SSH_SERVICE } from './git-server.ts'
import { COMMON_LABELS, type ManifestObject } from './object.ts'
import type { ManifestOptions } from './options.ts'
import { SETTINGS } from './pod.ts'
import { variableOf } from './variable.ts'

/** Where a pod template says which settings it was started with, so that other settings start it anew. */
const DIGEST = 'webspaces.dev/settings'

/** The settings that both components share, as the variables that `webspaces serve` reads. */
function settingsOf(options: ManifestOptions): Readonly<Record<string, string>> {
  const { namespace, docker, registry, settings } = options
  return {
    WEBSPACES_LOG_FORMAT: 'json',
    // Reached within the cluster only; an installation names what leads to the Service from outside.
    WEBSPACES_GIT_ADDRESS: `${SSH_SERVICE}.${namespace}.svc`,
    ...(docker === undefined ? {} : { WEBSPACES_DOCKER: docker }),
    ...(registry === undefined ? {} : { WEBSPACES_REGISTRY: registry }),
    ...Object.fromEntries(Object.entries(settings).map(([option, value]) => [variableOf(option), value])),
  }
}

export function settingsObject(options: ManifestOptions): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: SETTINGS, namespace: options.namespace, labels: COMMON_LABELS },
    data: settingsOf(options),
  }
}

/** A pod does not hear of a ConfigMap that has changed: what stands in its template it does. */
export function startedWithSettings(object: ManifestObject, options: ManifestOptions): ManifestObject {
  if (object.kind !== 'Deployment') return object
  const digest = createHash('sha256')
    .update(JSON.stringify(settingsOf(options)))
    .digest('hex')
    .slice(0, 16)
  const spec = object['spec'] as { readonly template: { readonly metadata: object } }
  const metadata = { ...spec.template.metadata, annotations: { [DIGEST]: digest } }
  return { ...object, spec: { ...spec, template: { ...spec.template, metadata } } }
}
