import { refuse, shown, type RuntimeOptions } from '@webspaces/core'
import semver from 'semver'
import { nodeError } from './errors.ts'

/**
 * The majors that there are official images for, and the end of their support
 * (https://github.com/nodejs/release#release-schedule). The one place to change.
 */
const MAJORS = [
  { major: '26', supportedUntil: '2029-04' },
  { major: '24', supportedUntil: '2028-04' },
  { major: '22', supportedUntil: '2027-04' },
  { major: '20', supportedUntil: null },
] as const

const DEFAULT = '24'

export interface NodeVersion {
  readonly major: string
  readonly note: string
}

/**
 * Chooses a major: the Runtime's option, or else the default if the range takes it, or else the newest that it takes.
 * @throws a refusal for a range that no major meets; WS_NODE_OPTION for an option that is no major
 */
export function chooseNode(range: string | undefined, options: RuntimeOptions): NodeVersion {
  const wanted = options['nodeVersion']
  if (wanted !== undefined) return fromOption(wanted)
  if (range === undefined || range.trim() === '') return { major: DEFAULT, note: `Node.js ${DEFAULT}` }
  if (semver.validRange(range) === null) {
    throw refuse(
      'package.json',
      `engines.node "${shown(range)}" is not a version range`,
      `Write for example: "${DEFAULT}.x"`,
    )
  }
  const fitting = MAJORS.filter(({ major }) =>
    semver.intersects(range, `>=${major}.0.0 <${String(Number(major) + 1)}.0.0`),
  )
  const chosen = fitting.find(({ major }) => major === DEFAULT) ?? fitting[0]
  if (chosen === undefined) {
    const known = MAJORS.map(({ major }) => major)
      .toReversed()
      .join(', ')
    throw refuse(
      'package.json',
      `engines.node "${shown(range)}" takes none of the Node.js versions here: ${known}`,
      `Widen the range, for example: ">=${DEFAULT}"`,
    )
  }
  const ended = chosen.supportedUntil === null ? '; this version gets no security fixes any more' : ''
  return { major: chosen.major, note: `Node.js ${chosen.major} for engines.node "${shown(range)}"${ended}` }
}

function fromOption(wanted: unknown): NodeVersion {
  const text = typeof wanted === 'number' ? String(wanted) : wanted
  const chosen = MAJORS.find(({ major }) => major === text)
  if (chosen === undefined) {
    const known = MAJORS.map(({ major }) => `"${major}"`).join(', ')
    throw nodeError(
      'WS_NODE_OPTION',
      `spec.options.nodeVersion is ${shown(JSON.stringify(wanted))}, and not one of ${known}`,
    )
  }
  return { major: chosen.major, note: `Node.js ${chosen.major}, set by the platform` }
}
