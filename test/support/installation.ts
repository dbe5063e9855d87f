import { chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppliedResources } from './applied-resources.ts'
import { eventually } from './eventually.ts'
import { getObject, kubectl } from './kubectl.ts'
import { docker, lab, unique } from './lab.ts'
import type { Person } from './person.ts'
import { webspaces } from './platform-process.ts'
import { must, run } from './run.ts'
import { temporaryFolder } from './temporary-folder.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
/** The user of the image, to whom a `hostPath` belongs only if it is told so: `fsGroup` is not for them. */
const USER = 1000
const BUILD_MS = 15 * 60_000

export interface Lease {
  readonly holderIdentity: string
  readonly leaseDurationSeconds: number
  readonly leaseTransitions: number
  readonly acquireTime: string
  readonly renewTime: string
}

export interface PlatformPod {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly serviceAccountName: string }
  readonly status: { readonly podIP: string }
}

/** The platform as the guide "Install on Kubernetes" has it: its image, its manifests, and its rights alone. */
export class Installation {
  readonly namespace: string
  /** Of what the test itself needs: keys, work trees, and the volume of the repositories. */
  readonly folder: string
  readonly #image: string
  readonly #applied = new AppliedResources()
  #manifests = ''
  #logsOfGone = ''

  private constructor(folder: string) {
    this.namespace = unique('webspaces')
    this.folder = folder
    this.#image = `${this.namespace}:test`
  }

  /** Resolves when all of its pods are ready. */
  static async start(): Promise<Installation> {
    const installation = new Installation(await temporaryFolder())
    try {
      await installation.#buildImage()
      await installation.#makeVolume()
      await installation.#makeHostKey()
      await installation.#apply()
      await installation.available()
      return installation
    } catch (error) {
      await installation.remove()
      throw error
    }
  }

  /** Takes away all but the four kinds, which other tests use. */
  async remove(): Promise<void> {
    await this.#applied.remove()
    const inNamespace = ['delete', '--ignore-not-found', '--timeout=120s']
    if (this.#manifests !== '') await must(kubectl([...inNamespace, '-f', '-'], this.#manifests))
    await must(kubectl([...inNamespace, `namespace/${this.namespace}`, `persistentvolume/${this.namespace}`]))
    // The daemon is a moment behind: its last container may still be going.
    await eventually(
      () => docker(['image', 'rm', this.#image]),
      ({ code, output }) => code === 0 || output.includes('No such image'),
    )
    await rm(this.folder, { recursive: true, force: true })
  }

  async available(): Promise<void> {
    const available = ['wait', '--for=condition=Available', 'deployment', '--all', '--timeout=5m', ...this.#inNamespace]
    await must(run('kubectl', available, { timeoutMs: 6 * 60_000 }))
  }

  customer(name: string, sites: Readonly<Record<string, object>>): Promise<Person> {
    return this.#applied.customer(this.folder, name, sites)
  }

  /** The lab has no DNS in the cluster, and routes the addresses of its Services. */
  async cloneUrl(webspace: string): Promise<string> {
    return `ssh://git@${await this.sshAddress()}/${webspace}.git`
  }

  async sshAddress(): Promise<string> {
    interface Service {
      readonly spec: { readonly clusterIP: string }
    }
    return (await getObject<Service>('service', 'webspaces-ssh', ...this.#inNamespace)).spec.clusterIP
  }

  async pods(component: 'git' | 'operator'): Promise<readonly PlatformPod[]> {
    const selector = `--selector=app.kubernetes.io/name=webspaces,app.kubernetes.io/component=${component}`
    return (await getObject<{ items: PlatformPod[] }>('pods', selector, ...this.#inNamespace)).items
  }

  /** What all pods have logged, those that have gone among them. */
  async logs(): Promise<string> {
    return this.#logsOfGone + (await this.#logsOf('app.kubernetes.io/name=webspaces'))
  }

  async lease(): Promise<Lease> {
    return (await getObject<{ readonly spec: Lease }>('lease', 'webspaces-operator', ...this.#inNamespace)).spec
  }

  /**
   * Ends a pod as the power cut of a node does: by a signal that nobody handles, since one that is asked to go gives its
   * Lease back, and without a restart in its place.
   */
  async kill(pod: string): Promise<void> {
    const labels = { 'io.kubernetes.pod.name': pod, 'io.kubernetes.container.name': 'operator' }
    const filters = Object.entries(labels).map(([label, value]) => `--filter=label=${label}=${value}`)
    const container = (await must(docker(['ps', '--quiet', ...filters]))).stdout.trim()
    await must(docker(['kill', container]))
    this.#logsOfGone += (await must(docker(['logs', container]))).output
    await must(kubectl(['delete', `pod/${pod}`, '--grace-period=0', '--force', ...this.#inNamespace]))
  }

  /** Resolves when the next pod serves; the former one has had all the time that it may take. */
  async restartGit(): Promise<void> {
    const selector = 'app.kubernetes.io/component=git'
    this.#logsOfGone += await this.#logsOf(selector)
    const pods = ['pods', `--selector=${selector}`, ...this.#inNamespace]
    await must(run('kubectl', ['delete', ...pods], { timeoutMs: 3 * 60_000 }))
    await this.available()
  }

  async #logsOf(selector: string): Promise<string> {
    return (await must(kubectl(['logs', `--selector=${selector}`, '--tail=-1', ...this.#inNamespace]))).stdout
  }

  get #inNamespace(): readonly string[] {
    return [`--namespace=${this.namespace}`]
  }

  /** From wherever this machine gets npm's packages. */
  async #buildImage(): Promise<void> {
    const registry = (await must(run('npm', ['config', 'get', 'registry']))).stdout.trim()
    const argument = ['--build-arg', `NPM_CONFIG_REGISTRY=${registry}`]
    // Nothing has to be pulled: the daemon that builds it is the one that runs the pods.
    await must(docker(['build', '--force-rm', '--tag', this.#image, ...argument, CHECKOUT], BUILD_MS))
  }

  async #makeVolume(): Promise<void> {
    const path = join(this.folder, 'volume')
    await mkdir(path)
    await chown(path, USER, USER)
    const volume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: this.namespace },
      spec: {
        capacity: { storage: '20Gi' },
        accessModes: ['ReadWriteOnce'],
        claimRef: { namespace: this.namespace, name: 'webspaces-repositories' },
        hostPath: { path },
      },
    }
    await must(kubectl(['apply', '-f', '-'], JSON.stringify(volume)))
  }

  async #makeHostKey(): Promise<void> {
    const file = join(this.folder, 'host_key')
    await must(run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'webspaces', '-f', file]))
    await must(kubectl(['create', 'namespace', this.namespace]))
    const secret = ['secret', 'generic', 'webspaces-host-key', `--from-file=ssh-privatekey=${file}`]
    await must(kubectl(['create', ...secret, ...this.#inNamespace]))
  }

  async #apply(): Promise<void> {
    const print = (only: string): Promise<string> =>
      must(
        webspaces([
          ...['manifests', '--only', only, '--namespace', this.namespace, '--image', this.#image],
          ...['--docker', forPods(lab('DOCKER_HOST')), '--registry', forPods(lab('REGISTRY'))],
          ...['--set', 'registry-scheme=http'],
        ]),
      ).then(({ stdout }) => stdout)
    this.#manifests = [await print('rbac'), await print('workloads')].join('---\n')
    await must(kubectl(['apply', '-f', '-'], `${await print('crds')}---\n${this.#manifests}`))
  }
}

/** The same daemon or registry, where pods find it. */
function forPods(address: string): string {
  return address.replace('127.0.0.1', lab('LAB_ADDRESS_FOR_PODS'))
}
