import { Steps } from './steps.ts'
import { getObject, kubectl } from '../test/support/kubectl.ts'
import { lab, unique } from '../test/support/lab.ts'
import type { Site } from '../test/support/person.ts'
import { must, run, type Ended } from '../test/support/run.ts'

const CONTAINER = 'web'

interface DeploymentObject {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly selector: object; readonly template: { readonly metadata: object; readonly spec: object } }
}

/** What somebody does who has no platform: the commands of the guides, one after the other. */
export class ByHand {
  readonly #site: Site
  readonly #namespace: string
  readonly #like: string
  readonly #image: string

  constructor(site: Site, namespace: string, like: string) {
    this.#site = site
    this.#namespace = namespace
    this.#like = like
    this.#image = `${lab('REGISTRY')}/${unique('by-hand')}`
  }

  /** The Deployment that is to be updated: the platform's own, under another name. */
  async deploy(): Promise<void> {
    await this.roll(await this.another('by-hand'))
    await this.update(0, new Steps())
  }

  async update(round: number, steps: Steps): Promise<void> {
    const image = `${this.#image}:${round}`
    await steps.time('docker build', () => must(docker('build', '--quiet', '--tag', image, this.#site.folder)))
    await steps.time('docker push', () => must(docker('push', '--quiet', image)))
    const change = ['set', 'image', 'deployment/by-hand', `${CONTAINER}=${image}`]
    await steps.time('kubectl set image', () => must(this.#kubectl(change)))
    await steps.time('kubectl rollout status', () => this.#rollout('by-hand'))
  }

  /** A further Deployment of what the platform has live, not applied yet. */
  async another(name: string): Promise<DeploymentObject> {
    const { spec } = await getObject<DeploymentObject>('deployment', this.#like, `--namespace=${this.#namespace}`)
    const labels = { 'by-hand': name }
    const template = { ...spec.template, metadata: { labels } }
    return {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
      spec: { ...spec, selector: { matchLabels: labels }, template },
    }
  }

  async roll(deployment: DeploymentObject): Promise<void> {
    await must(this.#kubectl(['apply', '--filename=-'], JSON.stringify(deployment)))
    await this.#rollout(deployment.metadata.name)
  }

  async remove(name: string): Promise<void> {
    await must(this.#kubectl(['delete', `deployment/${name}`]))
  }

  async #rollout(name: string): Promise<void> {
    await must(this.#kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=80s']))
  }

  #kubectl(args: readonly string[], input?: string): Promise<Ended> {
    return kubectl([`--namespace=${this.#namespace}`, ...args], input)
  }
}

/** Debian's, whose command line has BuildKit in it. */
function docker(...args: string[]): Promise<Ended> {
  return run('/usr/bin/docker', args, { env: { ...process.env, DOCKER_BUILDKIT: '1' } })
}
