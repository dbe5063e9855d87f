import { refuse, shown, type RuntimeOptions } from '@webspaces/core'
import semver from 'semver'
import type { Composer } from './composer.ts'
import { phpError } from './errors.ts'

/**
 * The versions that there are official images for (https://www.php.net/supported-versions.php), newest first. The one
 * place to change.
 */
const VERSIONS = [
  { version: '8.5', supportedUntil: '2029-12' },
  { version: '8.4', supportedUntil: '2028-12' },
  { version: '8.3', supportedUntil: '2027-12' },
  { version: '8.2', supportedUntil: '2026-12' },
  { version: '8.1', supportedUntil: null },
] as const

const DEFAULT = '8.4'

export interface PhpVersion {
  readonly version: string
  /** As npm writes ranges. */
  readonly range: string | null
  readonly note: string
}

/**
 * Chooses a version: the Runtime's option, or else the default if all constraints take it, or else the newest that they
 * take. The constraints are `require.php`, `config.platform.php`, and those of every package in composer.lock.
 * @throws a refusal that names the constraint which no version meets; WS_PHP_OPTION for an option that is no version
 */
export function choosePhp(composer: Composer | undefined, options: RuntimeOptions): PhpVersion {
  const constraints = composer === undefined ? [] : constraintsOf(composer)
  const range = constraints.find(({ where }) => where === 'require.php')?.range ?? null
  const wanted = options['phpVersion']
  if (wanted !== undefined)
    return { version: fromOption(wanted), range, note: `PHP ${fromOption(wanted)}, set by the platform` }

  let fitting: readonly (typeof VERSIONS)[number][] = VERSIONS
  for (const constraint of constraints) {
    const rest = fitting.filter(({ version }) => semver.intersects(constraint.range, `~${version}.0`))
    if (rest.length === 0) throw unmet(constraint, fitting.length === VERSIONS.length)
    fitting = rest
  }
  const chosen = fitting.find(({ version }) => version === DEFAULT) ?? fitting[0] ?? VERSIONS[0]
  const asked = constraints[0] === undefined ? '' : ` for ${constraints[0].where} "${shown(constraints[0].text)}"`
  const ended = chosen.supportedUntil === null ? '; this version gets no security fixes any more' : ''
  return { version: chosen.version, range, note: `PHP ${chosen.version}${asked}${ended}` }
}

interface Constraint {
  readonly path: string
  readonly where: string
  readonly text: string
  readonly range: string
}

function constraintsOf({ manifest, locked }: Composer): Constraint[] {
  const constraints: Constraint[] = []
  const add = (path: string, where: string, text: string | false | undefined): void => {
    if (text === undefined || text === false) return
    const range = semverRange(text)
    if (range === undefined) {
      throw refuse(path, `${shown(where)} "${shown(text)}" is not a version constraint`, 'Write for example: "^8.2"')
    }
    constraints.push({ path, where, text, range })
  }
  add('composer.json', 'require.php', manifest.require['php'])
  const platform = manifest.config.platform['php']
  // The packages were chosen for this version, any patch of it.
  add(
    'composer.json',
    'config.platform.php',
    typeof platform === 'string' ? `~${platform.split('.').slice(0, 2).join('.')}.0` : platform,
  )
  for (const { name, require } of locked) add('composer.lock', `require.php of ${name}`, require['php'])
  return constraints
}

/** Composer's constraints in the words of npm, as far as they tell minor versions apart. */
export function semverRange(constraint: string): string | undefined {
  const alternatives = constraint.split(/\s*\|\|?\s*/).map((alternative) => {
    const hyphen = /^\s*v?([\d.]+)\s+-\s+v?([\d.]+)\s*$/.exec(alternative)
    if (hyphen !== null) return `${hyphen[1] ?? ''} - ${hyphen[2] ?? ''}`
    return alternative
      .replace(/([<>=!~^]+)\s+/g, '$1')
      .split(/[\s,]+/)
      .filter((part) => part !== '' && !part.startsWith('!='))
      .map(semverComparator)
      .join(' ')
  })
  const range = alternatives.map((alternative) => (alternative === '' ? '*' : alternative)).join(' || ')
  return semver.validRange(range) === null ? undefined : range
}

function semverComparator(part: string): string {
  const plain = part.replace(/@\w+$/, '').replace(/-(dev|stable)$/, '')
  const [, operator = '', version = plain] = /^([<>=~^]*)v?(\d.*)$/.exec(plain) ?? []
  // Composer counts four numbers, and PHP's versions have three.
  const numbers = version.split('.').slice(0, 3)
  // "~8.1" is "any 8 from 8.1 on" in Composer, and "any 8.1" in npm.
  if (operator === '~' && numbers.length === 2) return `^${numbers.join('.')}`
  return (operator === '==' ? '=' : operator) + numbers.join('.')
}

function unmet({ path, where, text }: Constraint, alone: boolean): Error {
  const known = VERSIONS.map(({ version }) => version)
    .toReversed()
    .join(', ')
  return refuse(
    path,
    `${shown(where)} "${shown(text)}" takes none of the PHP versions here (${known})${alone ? '' : ' that the other constraints take'}`,
    path === 'composer.lock'
      ? 'Bring the packages up to date: composer update'
      : `Widen it, for example: "^${DEFAULT}"`,
  )
}

function fromOption(wanted: unknown): string {
  const text = typeof wanted === 'number' ? String(wanted) : wanted
  const chosen = VERSIONS.find(({ version }) => version === text)
  if (chosen !== undefined) return chosen.version
  const known = VERSIONS.map(({ version }) => `"${version}"`).join(', ')
  throw phpError(
    'WS_PHP_OPTION',
    `spec.options.phpVersion is ${shown(JSON.stringify(wanted))}, and not one of ${known}`,
  )
}
