import { answering, RUNTIME, type Plugin, type Runtime } from '@webspaces/core'
import { readAssets } from './assets.ts'
import type { NodeFacts } from './facts.ts'
import { inspect } from './inspect.ts'
import { makePlan } from './plan.ts'

const NAME = 'node'

/**
 * Node.js sites and static sites: `package.json`, `server.js` or `index.html`.
 *
 * Options of the Runtime resource (`spec.options`): `nodeVersion`, the major of Node.js (`"22"`), in the place of
 * `engines.node`.
 */
export function nodeRuntime(): Plugin {
  return {
    name: '@webspaces/runtime-node',
    contractVersion: 1,
    register: (container) => {
      container.contribute(RUNTIME, { useFactory: makeRuntime })
    },
  }
}

function makeRuntime(): Runtime {
  const assets = readAssets()
  return {
    name: NAME,
    title: 'Node.js',
    dockerfile: assets.dockerfile,
    looksFor: ['package.json', 'server.js', 'index.html'],
    inspect: (source, options) => answering(() => inspect(source, options)),
    // The contract hands back what inspect gave.
    plan: (facts) => makePlan(facts as NodeFacts, assets, NAME),
  }
}
