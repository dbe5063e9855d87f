/** What differs from one installation to the next. Everything has a default but where images are built and kept. */
export interface ManifestOptions {
  /** The namespace of the git server and the operator. */
  readonly namespace: string
  /** The image of both. */
  readonly image: string
  /** Docker daemons that build, `tcp://host:2376`; several with commas. */
  readonly docker?: string
  /** Where images are kept, `registry.example.com/webspaces`. */
  readonly registry?: string
  /** How the SSH port is reached from outside. */
  readonly sshService: SshService
  /** Size of the volume of the repositories. */
  readonly storage: string
  /** Left out: the cluster's default. */
  readonly storageClass?: string
  /** Further settings, by the names of the options of `webspaces serve`: `ingress-class`. */
  readonly settings: Readonly<Record<string, string>>
  /** The cluster's minor version: 20 for Kubernetes 1.20. */
  readonly kubernetesMinor: number
}

/** Options of `webspaces serve` that the pods are given as arguments. A setting, being a variable, would not count. */
export const FIXED_OPTIONS = ['roles', 'repositories', 'host-key', 'ssh-port', 'http-port'] as const
export type FixedOption = (typeof FIXED_OPTIONS)[number]

export const SSH_SERVICES = ['LoadBalancer', 'NodePort', 'ClusterIP'] as const
export type SshService = (typeof SSH_SERVICES)[number]

/** In the order in which they are to be applied. */
export const PARTS = ['crds', 'rbac', 'workloads'] as const
export type ManifestPart = (typeof PARTS)[number]

export const MANIFEST_DEFAULTS = {
  namespace: 'webspaces-system',
  sshService: 'LoadBalancer',
  storage: '20Gi',
} as const satisfies Partial<ManifestOptions>
