import { createHash } from 'node:crypto'
import type { Plan, Runtime } from '../contracts/runtime.ts'
import type { SourceTree } from '../contracts/source.ts'
import { coreError } from '../errors/catalogue.ts'
import type { RuntimeResource } from '../resources/runtime.ts'
import { renderTemplate } from '../template/template.ts'

/** What a build is made from, and how its image is run. */
export interface BuildInput {
  readonly dockerfile: string
  /** Absent exactly if the repository brings its own Dockerfile. */
  readonly plan?: Plan
  readonly port: number
  readonly healthPath: string
  /** What was found and chosen, for the pusher. */
  readonly notes: readonly string[]
}

/** Where nothing says on which port an image listens. It is given as `PORT`. */
const DEFAULT_PORT = 8080
const DOCKERFILE = 'Dockerfile'

/**
 * The repository's own Dockerfile, or the Runtime's template rendered for this tree.
 * @throws WS_PUSH_NO_INPUT, WS_PUSH_UNFIT, WS_RUNTIME_UNKNOWN, WS_TEMPLATE_…
 */
export async function buildInput(
  tree: SourceTree,
  resource: RuntimeResource,
  runtimes: readonly Runtime[],
  customer: string,
): Promise<BuildInput> {
  if (tree.has(DOCKERFILE)) return ownDockerfile(tree, resource)
  const { plugin, options, dockerfile: template, port } = resource.spec
  if (plugin === undefined) return templateOnly(resource)
  const runtime = runtimes.find((each) => each.name === plugin)
  if (runtime === undefined) throw unknownPlugin(resource, runtimes)
  const inspection = await runtime.inspect(tree, options)
  if (inspection.type === 'unfit') {
    throw coreError('WS_PUSH_UNFIT', `${inspection.path}: ${inspection.problem}`, { remedy: inspection.remedy })
  }
  if (inspection.type === 'absent') throw await noInput(tree, resource, runtime, runtimes)
  const made = runtime.plan(inspection.facts, options)
  const plan = port === undefined ? made : { ...made, port }
  return {
    dockerfile: renderTemplate(template ?? runtime.dockerfile, {
      ...plan.template,
      options,
      port: plan.port,
      // Caches of the build are shared between a customer's own builds only: another's could be poisoned.
      cacheScope: customer,
    }),
    plan,
    port: plan.port,
    healthPath: plan.healthPath,
    notes: inspection.notes,
  }
}

/** Equal keys mean equal images: the tree, and everything that is done with it. */
export function buildKeyOf(treeOid: string, input: BuildInput): string {
  const { dockerfile, plan, port } = input
  return createHash('sha256')
    .update(JSON.stringify([1, treeOid, dockerfile, plan ?? null, port]))
    .digest('hex')
}

async function ownDockerfile(tree: SourceTree, resource: RuntimeResource): Promise<BuildInput> {
  const dockerfile = await tree.read(DOCKERFILE)
  if (dockerfile === undefined) {
    throw coreError('WS_PUSH_UNFIT', `${DOCKERFILE}: it is not a file of at most 1 MiB`, {
      remedy: 'Commit it as a plain file.',
    })
  }
  return {
    dockerfile,
    port: resource.spec.port ?? DEFAULT_PORT,
    healthPath: '/',
    notes: [`Using the repository's own ${DOCKERFILE}`],
  }
}

/** A Runtime without a plugin is a template for any tree. */
function templateOnly(resource: RuntimeResource): BuildInput {
  const { dockerfile: template, options, port = DEFAULT_PORT } = resource.spec
  if (template === undefined) {
    throw coreError('WS_RUNTIME_UNKNOWN', `runtime ${resource.metadata.name} names neither a plugin nor a dockerfile`)
  }
  return {
    dockerfile: renderTemplate(template, { options, port }),
    port,
    healthPath: '/',
    notes: [`Using the template of runtime ${resource.metadata.name}`],
  }
}

function unknownPlugin(resource: RuntimeResource, runtimes: readonly Runtime[]): Error {
  return coreError(
    'WS_RUNTIME_UNKNOWN',
    `runtime ${resource.metadata.name} names the plugin ${JSON.stringify(resource.spec.plugin)}, which is not installed`,
    { remedy: `Installed are: ${runtimes.map(({ name }) => name).join(', ') || 'none'}.` },
  )
}

async function noInput(
  tree: SourceTree,
  resource: RuntimeResource,
  runtime: Runtime,
  runtimes: readonly Runtime[],
): Promise<Error> {
  const top = [...new Set(tree.entries.map(({ path }) => path.replace(/\/.*/, '/')))]
  const shown = top.slice(0, 8).join(', ') + (top.length > 8 ? ', …' : '')
  const fits: string[] = []
  for (const other of runtimes) {
    if (other !== runtime && (await other.inspect(tree, {})).type === 'fits') fits.push(other.name)
  }
  return coreError(
    'WS_PUSH_NO_INPUT',
    `runtime ${resource.metadata.name} looked for ${DOCKERFILE}, ${runtime.looksFor.join(', ')}; found ${shown || 'no file'}`,
    {
      remedy:
        fits.length === 0
          ? `Add one of these files: ${runtime.looksFor.join(', ')}, ${DOCKERFILE}.`
          : `This looks like a site for the runtime ${fits.join(' or ')}: change spec.runtime of the Webspace, or add one of ${runtime.looksFor.join(', ')}.`,
    },
  )
}
