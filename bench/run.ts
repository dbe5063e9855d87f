// Prints what was measured, and ratios where there is a peer that was measured in the same run. Fails on no figure:
// machines differ.
// All of them, or those that are named: npm run bench -- git push
import { benchAccess } from './access.ts'
import { benchGit } from './git.ts'
import { enterLab } from './lab.ts'
import { benchPlatform } from './platform.ts'

const ALONE = { platform: benchPlatform, access: benchAccess, git: benchGit }
const ON_LAB = {
  push: async () => (await import('./cluster-push.ts')).benchClusterPush(),
  reconcile: async () => (await import('./reconcile.ts')).benchReconcile(),
}

const named = process.argv.slice(2)
const unknown = named.filter((name) => !(name in ALONE) && !(name in ON_LAB))
if (unknown.length > 0) {
  throw new Error(`There is no ${unknown.join(', ')}, but ${Object.keys({ ...ALONE, ...ON_LAB }).join(', ')}`)
}
const isWanted = (name: string): boolean => named.length === 0 || named.includes(name)

for (const [name, bench] of Object.entries(ALONE)) if (isWanted(name)) await bench()
const onLab = Object.entries(ON_LAB).filter(([name]) => isWanted(name))
if (onLab.length > 0 && !enterLab()) {
  console.log('\n*** NO LAB IS UP: nothing on a cluster is measured. Bring it up first: npm run lab up ***')
} else {
  for (const [, bench] of onLab) await bench()
}
