import { labelsOf, nameOf, selectorOf, type ManifestObject } from './object.ts'
import type { ManifestOptions } from './options.ts'
import { HTTP_PORT, podTemplate, SSH_PORT, type Mount } from './pod.ts'

const REPOSITORIES = '/var/lib/webspaces'
const SECRETS = '/etc/webspaces'
const CLAIM = 'webspaces-repositories'

/** Name of the Service of the SSH port. */
export const SSH_SERVICE = 'webspaces-ssh'

/**
 * The Secrets are made by whoever installs the platform; nothing here reads or prints one. Without the host key the pod
 * does not start; the other two are there for daemons that ask for a client certificate (`--docker-cert-path`), and for
 * a registry that asks for a login (`--registry-config`).
 */
const MOUNTS: readonly Mount[] = [
  {
    name: 'repositories',
    path: REPOSITORIES,
    writable: true,
    volume: { persistentVolumeClaim: { claimName: CLAIM } },
  },
  secret('host-key', {}),
  secret('docker', { optional: true }),
  secret('registry', { optional: true, items: [{ key: '.dockerconfigjson', path: 'config.json' }] }),
]

/** One git server on one volume: the locks that keep two pushes to a branch apart are in its memory. */
export function gitServer(options: ManifestOptions): ManifestObject[] {
  return [claim(options), deployment(options), sshService(options)]
}

function deployment(options: ManifestOptions): ManifestObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: nameOf('git'), namespace: options.namespace, labels: labelsOf('git') },
    spec: {
      replicas: 1,
      // Never two at a time on one volume.
      strategy: { type: 'Recreate' },
      revisionHistoryLimit: 2,
      selector: { matchLabels: selectorOf('git') },
      template: podTemplate(
        {
          component: 'git',
          arguments: {
            roles: 'git',
            repositories: `${REPOSITORIES}/repositories`,
            'host-key': `${SECRETS}/host-key/ssh-privatekey`,
            'ssh-port': String(SSH_PORT),
            'http-port': String(HTTP_PORT),
          },
          ports: { ssh: SSH_PORT, http: HTTP_PORT },
          mounts: MOUNTS,
          // git packs in memory, a process for each fetch and push.
          resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
          // git and ssh have a moment after the pushes.
          graceSeconds: drainSeconds(options) + 30,
        },
        options,
      ),
    },
  }
}

/** How long pushes may go on: as it is set, or as long as `webspaces serve` gives them by itself. */
function drainSeconds({ settings }: ManifestOptions): number {
  return Number(settings['drain-seconds'] ?? 90)
}

function secret(name: string, source: Readonly<Record<string, unknown>>): Mount {
  return {
    name,
    path: `${SECRETS}/${name}`,
    // 0400 in octal. The pod's group may read it too, or else nobody but root could.
    volume: { secret: { secretName: `webspaces-${name}`, defaultMode: 256, ...source } },
  }
}

function claim({ namespace, storage, storageClass }: ManifestOptions): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: CLAIM, namespace, labels: labelsOf('git') },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
      resources: { requests: { storage } },
    },
  }
}

function sshService({ namespace, sshService: type }: ManifestOptions): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: SSH_SERVICE, namespace, labels: labelsOf('git') },
    spec: {
      type,
      // The server counts connections by address, so it has to see the clients' own.
      ...(type === 'ClusterIP' ? {} : { externalTrafficPolicy: 'Local' }),
      selector: selectorOf('git'),
      ports: [{ name: 'ssh', port: 22, targetPort: 'ssh' }],
    },
  }
}
