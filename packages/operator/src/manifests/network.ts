import { Label } from '@webspaces/core'
import { COMMON_LABELS, selectorOf, type ManifestObject } from './object.ts'
import { HTTP_PORT, SSH_PORT } from './pod.ts'
import type { ManifestOptions } from './options.ts'

const SELECTOR = { 'app.kubernetes.io/name': 'webspaces' }

/** What a monitoring system scrapes: both components, told apart by the label `app.kubernetes.io/component`. */
export function metricsService({ namespace }: ManifestOptions): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'webspaces-metrics', namespace, labels: COMMON_LABELS },
    spec: { clusterIP: 'None', selector: SELECTOR, ports: [{ name: 'metrics', port: HTTP_PORT, targetPort: 'http' }] },
  }
}

/** SSH is for everybody; health and metrics are not for what customers run. */
export function networkPolicies({ namespace }: ManifestOptions): ManifestObject[] {
  const notOfCustomers = {
    namespaceSelector: { matchExpressions: [{ key: Label.customer, operator: 'DoesNotExist' }] },
  }
  return [
    policy('webspaces-ssh', namespace, selectorOf('git'), { ports: [{ protocol: 'TCP', port: SSH_PORT }] }),
    policy('webspaces-http', namespace, SELECTOR, {
      from: [notOfCustomers],
      ports: [{ protocol: 'TCP', port: HTTP_PORT }],
    }),
  ]
}

function policy(
  name: string,
  namespace: string,
  matchLabels: Readonly<Record<string, string>>,
  ingress: Readonly<Record<string, unknown>>,
): ManifestObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace, labels: COMMON_LABELS },
    spec: { podSelector: { matchLabels }, policyTypes: ['Ingress'], ingress: [ingress] },
  }
}
