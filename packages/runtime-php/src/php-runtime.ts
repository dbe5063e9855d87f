import { answering, RUNTIME, type Plugin, type Runtime } from '@webspaces/core'
import { readAssets } from './assets.ts'
import type { PhpFacts } from './facts.ts'
import { inspect } from './inspect.ts'
import { makePlan } from './plan.ts'

const NAME = 'php'

/**
 * PHP sites: `composer.json`, or an index.php in public/, web/ or the root.
 *
 * Options of the Runtime resource (`spec.options`): `phpVersion` (`"8.3"`), in the place of what composer.json asks for.
 */
export function phpRuntime(): Plugin {
  return {
    name: '@webspaces/runtime-php',
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
    title: 'PHP',
    dockerfile: assets.dockerfile,
    looksFor: ['composer.json', 'public/index.php', 'web/index.php', 'index.php'],
    inspect: (source, options) => answering(() => inspect(source, options)),
    // The contract hands back what inspect gave.
    plan: (facts) => makePlan(facts as PhpFacts, assets, NAME),
  }
}
