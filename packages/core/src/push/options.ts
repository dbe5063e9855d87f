import { coreError } from '../errors/catalogue.ts'

/** What a pusher can ask for with `git push -o …`. */
export interface PushOptions {
  /** Rewrite the production branch, where the Webspace allows it. */
  readonly force: boolean
  /** Build without any cache of earlier builds. */
  readonly noCache: boolean
  /** Build although an image of the same input exists. */
  readonly rebuild: boolean
  /** Do not wait for the rollout. */
  readonly noWait: boolean
}

const OPTIONS = {
  force: 'force',
  'no-cache': 'noCache',
  rebuild: 'rebuild',
  'no-wait': 'noWait',
} as const satisfies Record<string, keyof PushOptions>

/** @throws WS_PUSH_OPTION with the list of options */
export function parsePushOptions(options: readonly string[]): PushOptions {
  const parsed = { force: false, noCache: false, rebuild: false, noWait: false }
  for (const option of options) {
    if (!Object.hasOwn(OPTIONS, option)) {
      throw coreError('WS_PUSH_OPTION', `${JSON.stringify(option.slice(0, 80))} is not a push option`, {
        remedy: `Use one of: ${Object.keys(OPTIONS).join(', ')}`,
      })
    }
    parsed[OPTIONS[option as keyof typeof OPTIONS]] = true
  }
  return parsed
}
