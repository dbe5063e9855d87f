import type { Plan, Step, Tool } from '@webspaces/core'
import type { Assets } from './assets.ts'
import type { NodeFacts } from './facts.ts'
import { CACHE_FOLDERS, callByNpx, callInImage, commandsOf } from './manager-commands.ts'
import { execForm, startLine } from './start.ts'

const PORT = 3000

export function makePlan(facts: NodeFacts, assets: Assets, runtime: string): Plan {
  return {
    version: 1,
    runtime,
    template: templateValues(facts),
    tools: toolsOf(facts),
    steps: stepsOf(facts),
    files: filesOf(facts, assets),
    start: localStart(facts),
    // npm would look for a newer npm, and tell the pusher about it.
    env: { NODE_ENV: 'production', NPM_CONFIG_UPDATE_NOTIFIER: 'false' },
    port: PORT,
    healthPath: '/',
  }
}

/** What is run after the install, in order. The same in an image and without one, but for how the manager is called. */
function commandsAfterInstall(facts: NodeFacts, call: string): Step[] {
  const manager = commandsOf(facts.manager, call)
  const steps: Step[] = []
  if (facts.build) steps.push({ title: 'Building', run: manager.run('build') })
  if (facts.site.type === 'static' && facts.site.folder === null) {
    steps.push({ title: 'Collecting what was built', run: 'sh .webspaces/collect-site.sh' })
  } else if (facts.install?.scope === 'all' && manager.prune !== null) {
    steps.push({ title: 'Removing what only the build needed', run: manager.prune })
  }
  return steps
}

function stepsOf(facts: NodeFacts): Step[] {
  const call = callByNpx(facts.manager)
  const { install } = facts
  if (install === null) return commandsAfterInstall(facts, call)
  const step: Step = {
    title: 'Installing dependencies',
    run: commandsOf(facts.manager, call).install(install.scope),
    ...(install.inputs === null ? {} : { cache: { inputs: install.inputs, folder: 'node_modules' } }),
  }
  return [step, ...commandsAfterInstall(facts, call)]
}

function templateValues(facts: NodeFacts): Plan['template'] {
  const { install, manager, site } = facts
  const call = callInImage(manager)
  const image = `node:${facts.node}-bookworm-slim`
  const managerAtRun = site.type === 'process' && site.script !== null && manager.package !== null
  const inputs = install?.inputs ?? null
  const managerAtBuild = install !== null || facts.build
  return {
    nodeVersion: facts.node,
    image,
    // The full image has the compilers that native addons are built with.
    buildImage: install === null ? image : `node:${facts.node}-bookworm`,
    manager: manager.name,
    managerPackage: manager.package ?? '',
    managerAtBuild: managerAtBuild && manager.package !== null,
    managerAtRun,
    cacheFolder: CACHE_FOLDERS[manager.name],
    install: install === null ? '' : commandsOf(manager, call).install(install.scope),
    manifests: inputs === null ? '' : JSON.stringify([...inputs, './']),
    installAfterCopy: install !== null && inputs === null,
    commands: commandsAfterInstall(facts, call).map((step) => step.run),
    start: JSON.stringify(execForm(startLine(facts, call))),
    port: PORT,
  }
}

/** The PATH that npm gives to scripts. In the image it is part of the environment. */
function localStart(facts: NodeFacts): string {
  const line = startLine(facts, callByNpx(facts.manager))
  return facts.install === null ? line : `export PATH="$PWD/node_modules/.bin:$PATH"; ${line}`
}

function toolsOf(facts: NodeFacts): Tool[] {
  const hint = `Install Node.js ${facts.node}, which brings npm: https://nodejs.org`
  const node = { name: 'node', ...(facts.nodeRange === null ? {} : { range: facts.nodeRange }), hint }
  const usesManager =
    facts.install !== null || facts.build || (facts.site.type === 'process' && facts.site.script !== null)
  return usesManager ? [node, { name: 'npm', hint }] : [node]
}

function filesOf({ site }: NodeFacts, assets: Assets): Record<string, string> {
  return {
    '.webspaces/init.sh': assets.init,
    ...(site.type === 'static' ? { '.webspaces/static-server.mjs': assets.staticServer } : {}),
    ...(site.type === 'static' && site.folder === null ? { '.webspaces/collect-site.sh': assets.collectSite } : {}),
  }
}
