import type { KubernetesObject, Kind } from '../resources/object.ts'

// The parts of Kubernetes' own kinds that Webspaces writes and reads; field names and meanings are Kubernetes'.

export interface Namespace extends KubernetesObject {
  readonly spec?: { readonly finalizers?: readonly string[] }
}

export interface Deployment extends KubernetesObject {
  readonly spec: DeploymentSpec
  readonly status?: DeploymentStatus
}

export interface DeploymentSpec {
  readonly replicas: number
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }
  readonly template: PodTemplate
  readonly strategy?: {
    readonly type: 'RollingUpdate'
    readonly rollingUpdate: { readonly maxUnavailable: number | string; readonly maxSurge: number | string }
  }
  readonly progressDeadlineSeconds?: number
  readonly revisionHistoryLimit?: number
}

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: PodSpec
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly automountServiceAccountToken?: boolean
  readonly enableServiceLinks?: boolean
  readonly terminationGracePeriodSeconds?: number
  readonly securityContext?: Readonly<Record<string, unknown>>
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>
    readonly limits?: Readonly<Record<string, string>>
  }
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
  readonly startupProbe?: Probe
  readonly lifecycle?: Readonly<Record<string, unknown>>
  readonly securityContext?: Readonly<Record<string, unknown>>
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number }
  readonly tcpSocket?: { readonly port: string | number }
  readonly periodSeconds?: number
  readonly timeoutSeconds?: number
  readonly failureThreshold?: number
  readonly initialDelaySeconds?: number
}

export interface DeploymentStatus {
  readonly observedGeneration?: number
  /** Replicas of every version. */
  readonly replicas?: number
  /** Replicas of the version in the spec. */
  readonly updatedReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly unavailableReplicas?: number
  readonly conditions?: readonly DeploymentCondition[]
}

export interface DeploymentCondition {
  /** `Progressing` is False with reason `ProgressDeadlineExceeded` once a rollout has failed. */
  readonly type: 'Available' | 'Progressing' | 'ReplicaFailure'
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
  readonly lastUpdateTime?: string
}

export interface Service extends KubernetesObject {
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>
    readonly ports: readonly {
      readonly name: string
      readonly port: number
      readonly targetPort: string | number
      readonly protocol?: string
    }[]
  }
}

export interface Ingress extends KubernetesObject {
  readonly spec: {
    readonly ingressClassName?: string
    readonly tls?: readonly { readonly hosts: readonly string[]; readonly secretName?: string }[]
    readonly rules: readonly {
      readonly host: string
      readonly http: {
        readonly paths: readonly {
          readonly path: string
          readonly pathType: 'Prefix'
          readonly backend: { readonly service: { readonly name: string; readonly port: { readonly name: string } } }
        }[]
      }
    }[]
  }
}

export interface NetworkPolicy extends KubernetesObject {
  readonly spec: {
    /** Empty: all pods of the namespace. */
    readonly podSelector: LabelSelector
    readonly policyTypes: readonly ('Ingress' | 'Egress')[]
    readonly ingress: readonly { readonly from: readonly NetworkPolicyPeer[] }[]
  }
}

export interface NetworkPolicyPeer {
  readonly podSelector?: LabelSelector
  readonly namespaceSelector?: LabelSelector
  readonly ipBlock?: { readonly cidr: string }
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: 'Exists' | 'DoesNotExist' }[]
}

export interface ResourceQuota extends KubernetesObject {
  readonly spec: { readonly hard: Readonly<Record<string, string>> }
}

export interface LimitRange extends KubernetesObject {
  readonly spec: {
    readonly limits: readonly { readonly type: 'Container'; readonly max: Readonly<Record<string, string>> }[]
  }
}

/** An Event of `v1`, which every version of Kubernetes has and `kubectl describe` shows. */
export interface KubernetesEvent extends KubernetesObject {
  readonly involvedObject: ObjectReference
  readonly related?: ObjectReference
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, for programs. */
  readonly reason: string
  /** A sentence, for people. At most 1024 characters. */
  readonly message: string
  readonly count: number
  /** RFC 3339. */
  readonly firstTimestamp: string
  readonly lastTimestamp: string
  readonly source: { readonly component: string }
}

export interface ObjectReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
}

export const Namespace: Kind<Namespace> = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
}
export const Deployment: Kind<Deployment> = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  namespaced: true,
}
export const Service: Kind<Service> = {
  apiVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  namespaced: true,
}
export const Ingress: Kind<Ingress> = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  namespaced: true,
}
export const NetworkPolicy: Kind<NetworkPolicy> = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
}
export const ResourceQuota: Kind<ResourceQuota> = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
}
export const LimitRange: Kind<LimitRange> = {
  apiVersion: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
}
export const KubernetesEvent: Kind<KubernetesEvent> = {
  apiVersion: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
}
