import { labelsOf, nameOf, type Component } from './object.ts'
import type { FixedOption, ManifestOptions } from './options.ts'

/** Ports inside the pods: above 1023, as nobody there is root. */
export const SSH_PORT = 2222
export const HTTP_PORT = 8080

/** Holds the settings that both components share, as the variables that `webspaces serve` reads. */
export const SETTINGS = 'webspaces'

/** The user `node` of Node's own images. */
const USER = 1000

/** A file or folder of a pod. */
export interface Mount {
  readonly name: string
  readonly path: string
  readonly writable?: boolean
  readonly volume: Readonly<Record<string, unknown>>
}

export interface PodParts {
  readonly component: Component
  readonly arguments: Readonly<Partial<Record<FixedOption, string>>>
  readonly ports: Readonly<Record<string, number>>
  readonly mounts: readonly Mount[]
  readonly resources: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Seconds between SIGTERM and the end by force. */
  readonly graceSeconds: number
  readonly spec?: Readonly<Record<string, unknown>>
}

const TMP: Mount = { name: 'tmp', path: '/tmp', writable: true, volume: { emptyDir: { sizeLimit: '1Gi' } } }

/** A pod that may do as little as it can do with: no root, no privileges, nothing to write but what it is given. */
export function podTemplate(parts: PodParts, { image }: ManifestOptions): Readonly<Record<string, unknown>> {
  const mounts = [...parts.mounts, TMP]
  return {
    metadata: { labels: labelsOf(parts.component) },
    spec: {
      serviceAccountName: nameOf(parts.component),
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      terminationGracePeriodSeconds: parts.graceSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        // A volume of many repositories is gone through once, and not at every start.
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...parts.spec,
      containers: [
        {
          name: parts.component,
          image,
          args: ['serve', ...Object.entries(parts.arguments).flatMap(([option, value]) => [`--${option}`, value])],
          envFrom: [{ configMapRef: { name: SETTINGS } }],
          ports: Object.entries(parts.ports).map(([name, containerPort]) => ({ name, containerPort })),
          readinessProbe: probe('/readyz', 3),
          // Slower to judge: a restart in the middle of a build costs more than a minute's wait.
          livenessProbe: { ...probe('/healthz', 6), initialDelaySeconds: 15 },
          resources: parts.resources,
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: mounts.map(({ name, path, writable }) => ({
            name,
            mountPath: path,
            ...(writable === true ? {} : { readOnly: true }),
          })),
        },
      ],
      volumes: mounts.map(({ name, volume }) => ({ name, ...volume })),
    },
  }
}

function probe(path: string, failureThreshold: number): Readonly<Record<string, unknown>> {
  return { httpGet: { path, port: 'http' }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold }
}
