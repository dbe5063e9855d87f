import { toYaml } from '../system/yaml.ts'
import { clusterMinorVersion } from './kubernetes-version.ts'
import { manifests } from './manifests.ts'
import { PARTS, type ManifestOptions, type ManifestPart } from './options.ts'

export interface PrintOptions extends Omit<ManifestOptions, 'settings' | 'kubernetesMinor'> {
  readonly only?: ManifestPart
  readonly set: ManifestOptions['settings']
  /** The minor version; kubectl is asked where it is left out. */
  readonly kubernetes?: number
}

/** For a cluster that nobody has told about: what all supported versions of Kubernetes have. */
const RECENT_MINOR = 30

/** `webspaces manifests` */
export async function printManifests({ only, set, kubernetes, ...options }: PrintOptions): Promise<void> {
  const parts = only === undefined ? PARTS : [only]
  const kubernetesMinor = kubernetes ?? (parts.includes('workloads') ? await askedVersion() : RECENT_MINOR)
  const all = manifests({ ...options, settings: set, kubernetesMinor })
  process.stdout.write(toYaml(parts.flatMap((part) => all[part])))
}

async function askedVersion(): Promise<number> {
  const minor = await clusterMinorVersion()
  if (minor === undefined) {
    process.stderr.write(
      'No answer from kubectl: printed for Kubernetes 1.21 and newer. Say --kubernetes 1.20 if it is that.\n',
    )
  }
  return minor ?? RECENT_MINOR
}
