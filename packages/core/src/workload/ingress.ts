import type { WorkloadSettings } from '../plugin/config.ts'
import type { Webspace } from '../resources/webspace.ts'
import { PORT_NAME } from './deployment.ts'
import { Ingress } from './objects.ts'
import type { BranchWorkload } from './workload.ts'

/** Asks cert-manager for a certificate (https://cert-manager.io/docs/usage/ingress/). */
const ISSUER_ANNOTATION = 'cert-manager.io/cluster-issuer'

export function ingress(branch: BranchWorkload, webspace: Webspace, settings: WorkloadSettings): Ingress {
  const { hosts, metadata } = branch
  const { tls } = webspace.spec
  const backend = { service: { name: metadata.name, port: { name: PORT_NAME } } }
  return {
    apiVersion: Ingress.apiVersion,
    kind: Ingress.kind,
    metadata: {
      ...metadata,
      annotations: {
        ...settings.ingressAnnotations,
        ...metadata.annotations,
        ...(tls?.issuer === undefined ? {} : { [ISSUER_ANNOTATION]: tls.issuer }),
      },
    },
    spec: {
      ...(settings.ingressClass === undefined ? {} : { ingressClassName: settings.ingressClass }),
      ...(tls === undefined ? {} : { tls: [{ hosts, secretName: tls.secretName ?? `${metadata.name}-tls` }] }),
      rules: hosts.map((host) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } })),
    },
  }
}
