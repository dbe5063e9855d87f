// From `git push` to live on a cluster, beside the same done by hand: same Dockerfile, daemon, registry and Deployment.
import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterPlatform, getObject } from '../test/support/cluster-platform.ts'
import { kubectl, lab, unique } from '../test/support/lab.ts'
import { must, run, type Ended, type Site } from '../test/support/person.ts'
import { median, report, tell } from './report.ts'

const ROUNDS = 5
/** What a rollout has replaced is still being ended when it is over; the next one should not wait for that. */
const REST_MS = 3000
const CONTAINER = 'web'

const SITE = {
  Dockerfile: 'FROM node:24-bookworm-slim\nWORKDIR /app\nCOPY . .\nUSER 1000\nCMD ["node", "server.js"]\n',
  'server.js': `
const server = require('node:http').createServer((request, response) => response.end('hello'))
server.listen(process.env.PORT)
process.on('SIGTERM', () => server.close())
`,
}

interface DeploymentObject {
  readonly metadata: object
  readonly spec: { readonly selector: object; readonly template: { readonly metadata: object; readonly spec: object } }
}

export async function benchClusterPush(): Promise<void> {
  const platform = await ClusterPlatform.start()
  try {
    const [customer, webspace] = [unique('bench'), unique('site')]
    const person = await platform.customer(customer, { [webspace]: {} })
    const site = await person.site('site', SITE, platform.cloneUrl(webspace))
    await must(site.push())
    const hand = new ByHand(site, `customer-${customer}`, webspace)
    await hand.deploy()

    const [pushes, byHand, rollouts, branches] = [[], [], [], []] as [number[], number[], number[], number[]]
    for (let round = 1; round <= ROUNDS; round += 1) {
      // They take turns, so that what else the machine does falls on both.
      await site.commit({ 'change.txt': `${round}, pushed` })
      pushes.push(await seconds(() => must(site.push())))
      branches.push(await seconds(() => must(site.push(`HEAD:refs/heads/round-${round}`))))
      rollouts.push(await seconds(() => hand.another(`round-${round}`)))
      await site.commit({ 'change.txt': `${round}, by hand` })
      byHand.push(await seconds(() => hand.update(round)))
    }
    tell('git push to live', median(pushes))
    tell('docker build, docker push, kubectl set image, rollout status', median(byHand))
    report('git push to live, ratio to by hand', median(pushes) / median(byHand), '', 1.15)
    tell('the same tree to another branch', median(branches))
    tell('kubectl apply, rollout status', median(rollouts))
    report('the same tree to another branch, ratio to its rollout', median(branches) / median(rollouts), '', 1.15)
  } finally {
    await platform.remove()
  }
}

/** What somebody does who has no platform: the commands of the guides, one after the other. */
class ByHand {
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
    await this.another('by-hand')
    await this.update(0)
  }

  async update(round: number): Promise<void> {
    const image = `${this.#image}:${round}`
    await must(docker('build', '--quiet', '--tag', image, this.#site.folder))
    await must(docker('push', '--quiet', image))
    await must(this.#kubectl(['set', 'image', 'deployment/by-hand', `${CONTAINER}=${image}`]))
    await this.#rollout('by-hand')
  }

  /** A further Deployment of what the platform has live. */
  async another(name: string): Promise<void> {
    const { spec } = await getObject<DeploymentObject>('deployment', this.#like, `--namespace=${this.#namespace}`)
    const labels = { 'by-hand': name }
    const template = { ...spec.template, metadata: { labels } }
    const object = {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
      spec: { ...spec, selector: { matchLabels: labels }, template },
    }
    await must(this.#kubectl(['apply', '--filename=-'], JSON.stringify(object)))
    await this.#rollout(name)
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

/** How long it takes, from a cluster at rest on. */
async function seconds(work: () => Promise<unknown>): Promise<number> {
  await sleep(REST_MS)
  const begin = performance.now()
  await work()
  return (performance.now() - begin) / 1000
}
