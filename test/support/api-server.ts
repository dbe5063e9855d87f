import { kubectl } from './kubectl.ts'
import { must } from './run.ts'
import { Samples } from './samples.ts'

const VERBS = /^(APPLY|PATCH|POST|PUT|DELETE)$/

/** How often the API server has been asked to write each kind, by anybody and also where nothing changed. */
export async function writesOf(plurals: readonly string[], subresource = ''): Promise<Record<string, number>> {
  const samples = new Samples((await must(kubectl(['get', '--raw', '/metrics']))).stdout)
  return Object.fromEntries(
    plurals.map((resource) => [
      resource,
      samples.sum('apiserver_request_total', { resource, subresource, verb: VERBS }),
    ]),
  )
}
