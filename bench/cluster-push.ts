// From `git push` to live on a cluster, beside the same done by hand: same Dockerfile, daemon, registry and Deployment.
import { setTimeout as sleep } from 'node:timers/promises'
import { PUSH_PHASES } from '@webspaces/core'
import { ByHand } from './by-hand.ts'
import { mean, reportRatio, tell } from './report.ts'
import { Steps } from './steps.ts'
import { ClusterPlatform } from '../test/support/cluster-platform.ts'
import { unique } from '../test/support/lab.ts'
import type { Site } from '../test/support/person.ts'
import { must } from '../test/support/run.ts'

/** Each rollout takes up to a second more or less, by when kubelet looks at its pods: only the mean of many tells. */
const PUSHES = 24
const BRANCHES = 12
/** What a rollout has replaced is still being ended when it is over; the next one should not wait for that. */
const REST_MS = 3000
/** From the end of a Deployment to the end of its pods. */
const ENDING_MS = 8000
const AIM = 1.15

const SITE = {
  Dockerfile: 'FROM node:24-bookworm-slim\nWORKDIR /app\nCOPY . .\nUSER 1000\nCMD ["node", "server.js"]\n',
  'server.js': `
const server = require('node:http').createServer((request, response) => response.end('hello'))
server.listen(process.env.PORT)
process.on('SIGTERM', () => server.close())
`,
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
    await comparePushes(platform, site, hand)
    // What was committed last was built by hand.
    await must(site.push())
    await compareBranches(site, hand)
  } finally {
    await platform.remove()
  }
}

// In both, the two take turns, so that what else the machine does falls on both.

async function comparePushes(platform: ClusterPlatform, site: Site, hand: ByHand): Promise<void> {
  const [pushes, byHand] = [[], []] as [number[], number[]]
  const [phases, steps] = [new Steps(), new Steps()]
  for (let round = 1; round <= PUSHES; round += 1) {
    const push = async (): Promise<void> => {
      await site.commit({ 'change.txt': `${round}, pushed` })
      const before = await phaseSeconds(platform)
      pushes.push(await seconds(() => must(site.push())))
      const after = await phaseSeconds(platform)
      for (const [phase, sum] of after) phases.add(phase, sum - (before.get(phase) ?? 0))
    }
    const update = async (): Promise<void> => {
      await site.commit({ 'change.txt': `${round}, by hand` })
      byHand.push(await seconds(() => hand.update(round, steps)))
    }
    for (const turn of round % 2 === 0 ? [push, update] : [update, push]) await turn()
  }
  tell('git push to live', mean(pushes))
  phases.tell()
  tell('docker build, docker push, kubectl set image, rollout status', mean(byHand))
  steps.tell()
  reportRatio('git push to live, ratio to by hand', pushes, byHand, AIM)
}

async function compareBranches(site: Site, hand: ByHand): Promise<void> {
  const [branches, rollouts] = [[], []] as [number[], number[]]
  for (let round = 1; round <= BRANCHES; round += 1) {
    branches.push(await seconds(() => pushWithoutBuild(site, `round-${round}`)))
    const another = await hand.another(`round-${round}`)
    rollouts.push(await seconds(() => hand.roll(another)))
    // The cluster is as full in the last round as in the first.
    await must(site.push(`:refs/heads/round-${round}`))
    await hand.remove(`round-${round}`)
    await sleep(ENDING_MS)
  }
  tell('the same tree to another branch', mean(branches))
  tell('kubectl apply, rollout status', mean(rollouts))
  reportRatio('the same tree to another branch, ratio to its rollout', branches, rollouts, AIM)
}

async function pushWithoutBuild(site: Site, branch: string): Promise<void> {
  const { output } = await must(site.push(`HEAD:refs/heads/${branch}`))
  if (!output.includes('built before')) throw new Error(`The same tree was built once more: ${output}`)
}

/** How long all pushes have been in each phase. */
async function phaseSeconds(platform: ClusterPlatform): Promise<ReadonlyMap<string, number>> {
  const samples = await platform.samples()
  return new Map(PUSH_PHASES.map((phase) => [phase, samples.sum('webspaces_push_phase_seconds_sum', { phase })]))
}

/** How long it takes, from a cluster at rest on. */
async function seconds(work: () => Promise<unknown>): Promise<number> {
  await sleep(REST_MS)
  const begin = performance.now()
  await work()
  return (performance.now() - begin) / 1000
}
