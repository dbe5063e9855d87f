import { existsSync, rmSync } from 'node:fs'
import { removeEnvironment } from './environment.ts'
import { tidyDaemon } from './images/tidy.ts'
import { removeCgroup } from './machine/cgroups.ts'
import { isRecorded, readFootprint, restoreMachine } from './machine/footprint.ts'
import { removeNetwork } from './machine/network.ts'
import { endRemainingProcesses, unmountAll } from './machine/remains.ts'
import { daemons, foundations, kubernetes } from './parts.ts'
import { paths } from './paths.ts'
import { find, stop } from './process.ts'
import { answer } from './wait.ts'

/** Ends what the lab started, and puts the machine back. Kept are the packages, and in `paths.cache` what is slow to make. */
export async function down(): Promise<void> {
  // The kubelet first of all that run containers: it would start them again.
  for (const { name } of kubernetes.toReversed()) await stop(name)
  for (const { name } of daemons) {
    // One that is broken is tidied when it next starts.
    if (find(name) !== undefined) await answer(async () => tidyDaemon(name).then(() => true))
  }
  await Promise.all(foundations.map(({ name }) => stop(name)))
  await endRemainingProcesses()
  await unmountAll()
  removeCgroup()
  if (isRecorded()) {
    const footprint = readFootprint()
    await removeNetwork(footprint.policies)
    restoreMachine(footprint)
  }
  for (const folder of [paths.state, paths.cache.work]) rmSync(folder, { recursive: true, force: true })
  removeEnvironment()
  console.log(existsSync(paths.root) ? `The lab is down. ${paths.root} is kept for the next one` : 'The lab is down')
}
