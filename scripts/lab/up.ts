import { makeCertificates } from './certificates.ts'
import { writeEnvironment } from './environment.ts'
import { provideImages } from './images/provide.ts'
import { tidyDaemon } from './images/tidy.ts'
import { kubeconfig, makeKubeconfigs } from './kubeconfigs.ts'
import { provideKubernetes } from './kubernetes/binaries.ts'
import { isRecorded, recordFootprint } from './machine/footprint.ts'
import { makeNetwork } from './machine/network.ts'
import { installPackages } from './machine/packages.ts'
import { NODE_NAME } from './addresses.ts'
import { daemons, foundations, kubernetes } from './parts.ts'
import { paths } from './paths.ts'
import { checkMachine, checkNothingIsInTheWay } from './preflight.ts'
import { run, succeeds } from './run.ts'
import { startPart } from './start-part.ts'
import { waitUntil } from './wait.ts'

type Tell = (what: string) => void

const NODE_SECONDS = 120

/** Brings up what is missing; what runs already is left alone. */
export async function up(): Promise<void> {
  checkMachine()
  await step('packages', installPackages)
  await step('kubernetes', provideKubernetes)
  const isNew = !isRecorded()
  if (isNew) {
    await checkNothingIsInTheWay()
    await recordFootprint()
  }
  await step('certificates', makeCertificates)
  makeKubeconfigs()
  await step('network', makeNetwork)

  await Promise.all(foundations.map((part) => step(part.name, () => startPart(part))))
  await step('images', async (tell) => {
    // A daemon that was broken when the lab went down still has what it had.
    if (isNew) for (const { name } of daemons) await tidyDaemon(name)
    await provideImages(tell)
  })
  for (const part of kubernetes) await step(part.name, () => startPart(part))
  await step('node', nodeIsReady)
  writeEnvironment()
  console.log(`\nThe lab is up. For your shell: . ${paths.environment}`)
}

async function nodeIsReady(): Promise<void> {
  const options = { environment: { KUBECONFIG: kubeconfig('admin') } }
  const condition = ['--for=condition=Ready', `node/${NODE_NAME}`]
  // `kubectl wait` fails at once for an object that is not there yet.
  const ready = await waitUntil(
    () => succeeds('kubectl', ['wait', '--timeout=5s', ...condition], options),
    NODE_SECONDS,
  )
  if (!ready) throw new Error(await run('kubectl', ['describe', 'nodes'], options))
  const account = ['--namespace=default', 'get', 'serviceaccount', 'default']
  // Without it no pod can be made.
  if (!(await waitUntil(() => succeeds('kubectl', account, options), 60))) {
    throw new Error('The namespace "default" got no service account: see the log of controller-manager')
  }
}

async function step(name: string, act: (tell: Tell) => Promise<void>): Promise<void> {
  const start = performance.now()
  try {
    await act((what) => console.log(`      ${name}: ${what}`))
  } catch (cause) {
    throw new Error(`The lab is not up: it failed at ${name}`, { cause })
  }
  console.log(`ok    ${name.padEnd(20)} ${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s`)
}
