import type { WorkloadSettings } from '../plugin/config.ts'
import type { Webspace } from '../resources/webspace.ts'
import { Annotation } from './labels.ts'
import { Deployment, type Container, type PodTemplate } from './objects.ts'
import type { BranchWorkload } from './workload.ts'

/** The container of a site; there may be others beside it that a mesh has put there. */
export const SITE_CONTAINER = 'web'

/** Name of the port in containers and Services. */
export const PORT_NAME = 'http'

export function deployment(branch: BranchWorkload, webspace: Webspace, settings: WorkloadSettings): Deployment {
  return {
    apiVersion: Deployment.apiVersion,
    kind: Deployment.kind,
    metadata: branch.metadata,
    spec: {
      replicas: branch.replicas,
      selector: { matchLabels: branch.selector },
      // The old version serves until the new one is ready: no request is lost in a rollout.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      progressDeadlineSeconds: settings.progressDeadlineSeconds,
      revisionHistoryLimit: 2,
      template: podTemplate(branch, webspace, settings),
    },
  }
}

function podTemplate(branch: BranchWorkload, webspace: Webspace, settings: WorkloadSettings): PodTemplate {
  const { release, metadata } = branch
  const restartedAt = webspace.metadata.annotations?.[Annotation.restartedAt]
  return {
    metadata: {
      labels: metadata.labels ?? {},
      annotations: {
        [Annotation.branch]: branch.branch,
        [Annotation.commit]: release.spec.commit,
        ...pick(Annotation.push, release.metadata.annotations?.[Annotation.push]),
        ...pick(Annotation.restartedAt, restartedAt),
      },
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: settings.preStopSeconds + 25,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container(branch, webspace, settings)],
    },
  }
}

function container(branch: BranchWorkload, webspace: Webspace, settings: WorkloadSettings): Container {
  const { image, port, healthPath, env } = branch.release.spec
  const { requests, limits } = webspace.spec.resources
  const httpGet = { path: healthPath, port: PORT_NAME }
  return {
    name: SITE_CONTAINER,
    image,
    env: [...env, { name: 'PORT', value: String(port) }],
    ports: [{ name: PORT_NAME, containerPort: port }],
    resources: {
      requests: { ...settings.defaultResources.requests, ...requests },
      limits: { ...settings.defaultResources.limits, ...limits },
    },
    readinessProbe: { httpGet, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 3 },
    // Slow to judge: a site under load should be taken out of service by readiness, not killed.
    livenessProbe: { httpGet, initialDelaySeconds: 30, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
    ...(settings.preStopSeconds === 0
      ? {}
      : { lifecycle: { preStop: { exec: { command: ['sleep', String(settings.preStopSeconds)] } } } }),
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  }
}

function pick(key: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [key]: value }
}
