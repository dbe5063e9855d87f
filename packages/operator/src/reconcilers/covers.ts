/**
 * Whether `live` has all that `wanted` says, as an API server stores it. It may have more: what the server fills in, and
 * what others add. What the server writes differently is no difference: it leaves out what is empty, puts the entries of
 * a list with names in an order of its own, and writes `0.5` of a CPU as `500m`.
 */
export function covers(live: unknown, wanted: unknown): boolean {
  if (wanted === undefined || live === wanted) return true
  if (live === undefined) return isEmpty(wanted)
  if (Array.isArray(wanted)) return Array.isArray(live) && listCovers(live, wanted)
  if (!isRecord(wanted) || !isRecord(live)) return false
  return Object.entries(wanted).every(([field, value]) =>
    QUANTITIES.has(field) && isRecord(value) ? quantitiesCover(live[field], value) : covers(live[field], value),
  )
}

/**
 * Server-side apply merges lists whose entries have names (containers, env, ports) entry by entry: what is new goes to
 * the end, wherever it was given.
 */
function listCovers(live: readonly unknown[], wanted: readonly unknown[]): boolean {
  if (live.length !== wanted.length) return false
  const byName = new Map(live.map((entry) => [nameOf(entry), entry]))
  const named =
    !byName.has(undefined) && byName.size === live.length && wanted.every((entry) => byName.has(nameOf(entry)))
  return wanted.every((entry, index) => covers(named ? byName.get(nameOf(entry)) : live[index], entry))
}

/** Fields whose values are amounts of resources: of containers, of ResourceQuotas and of LimitRanges. */
const QUANTITIES = new Set(['requests', 'limits', 'hard', 'max', 'min', 'default', 'defaultRequest'])

function quantitiesCover(live: unknown, wanted: Readonly<Record<string, unknown>>): boolean {
  if (!isRecord(live)) return live === undefined && isEmpty(wanted)
  return Object.entries(wanted).every(
    ([resource, amount]) => covers(live[resource], amount) || sameQuantity(live[resource], amount),
  )
}

const SUFFIXES: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50 },
}

function sameQuantity(one: unknown, other: unknown): boolean {
  const [left, right] = [amountOf(one), amountOf(other)]
  if (left === undefined || right === undefined) return false
  return Math.abs(left - right) <= Math.abs(right) * 1e-9
}

function amountOf(quantity: unknown): number | undefined {
  const [, digits, suffix = ''] = /^([0-9.]+)([A-Za-z]*)$/.exec(String(quantity)) ?? []
  const factor = SUFFIXES[suffix]
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor
}

function nameOf(entry: unknown): unknown {
  return isRecord(entry) ? entry['name'] : undefined
}

function isEmpty(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
