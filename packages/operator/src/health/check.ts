import { token, type Token } from '@webspaces/core'

/** One thing that has to be so for the platform to be of use. */
export interface HealthCheck {
  /** Lower case with `-`, as it stands in what /readyz answers. */
  readonly name: string
  /** Whether nothing but a new start can mend it: then it counts for /healthz as well. */
  readonly fatal?: boolean
  /** Returns how it is, for people. @throws an error whose message says what is wrong */
  readonly check: () => string | Promise<string>
}

export const HEALTH_CHECK: Token<HealthCheck> = token('HealthCheck')

export interface HealthReport {
  readonly ok: boolean
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>
}

/** Who asks waits for few seconds: one check that hangs must not hide what the others say. */
const LIMIT_MS = 5000

export async function report(checks: readonly HealthCheck[]): Promise<HealthReport> {
  const results = await Promise.all(
    checks.map(async (check) => {
      try {
        return { name: check.name, ok: true, detail: await inTime(check.check()) }
      } catch (error) {
        return { name: check.name, ok: false, detail: error instanceof Error ? error.message : String(error) }
      }
    }),
  )
  return {
    ok: results.every(({ ok }) => ok),
    checks: Object.fromEntries(results.map(({ name, ...result }) => [name, result])),
  }
}

async function inTime(answer: string | Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`has not answered within ${LIMIT_MS / 1000} s`)), LIMIT_MS)
  })
  try {
    return await Promise.race([answer, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
