import { labelsOf, nameOf, selectorOf, type ManifestObject } from './object.ts'
import type { ManifestOptions } from './options.ts'
import { HTTP_PORT, podTemplate } from './pod.ts'

const REPLICAS = 2

/** The operator twice: one works, the other takes over when it is gone. */
export function operator(options: ManifestOptions): ManifestObject[] {
  const { namespace } = options
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: nameOf('operator'), namespace, labels: labelsOf('operator') },
      spec: {
        replicas: REPLICAS,
        revisionHistoryLimit: 2,
        selector: { matchLabels: selectorOf('operator') },
        template: podTemplate(
          {
            component: 'operator',
            arguments: { roles: 'operator', 'http-port': String(HTTP_PORT) },
            ports: { http: HTTP_PORT },
            mounts: [],
            resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
            graceSeconds: 30,
            spec: { affinity: { podAntiAffinity: apart() } },
          },
          options,
        ),
      },
    },
  ]
}

/** A drained node takes only one of them at a time. */
export function operatorDisruptionBudget({ namespace, kubernetesMinor }: ManifestOptions): ManifestObject {
  return {
    // 1.20 has only the beta, 1.25 no longer has it.
    apiVersion: kubernetesMinor < 21 ? 'policy/v1beta1' : 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: nameOf('operator'), namespace, labels: labelsOf('operator') },
    spec: { minAvailable: REPLICAS - 1, selector: { matchLabels: selectorOf('operator') } },
  }
}

/** On two nodes, if there are two. */
function apart(): Readonly<Record<string, unknown>> {
  const podAffinityTerm = {
    labelSelector: { matchLabels: selectorOf('operator') },
    topologyKey: 'kubernetes.io/hostname',
  }
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] }
}
