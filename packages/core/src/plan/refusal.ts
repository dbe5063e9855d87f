import type { Inspection, Json } from '../contracts/runtime.ts'

/** Carries an `unfit` answer up through the functions of an `inspect`. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly inspection: Extract<Inspection, { type: 'unfit' }>

  constructor(path: string, problem: string, remedy: string) {
    super(problem)
    this.inspection = { type: 'unfit', path, problem, remedy }
  }
}

/**
 * @example if (text === undefined) throw refuse('app.toml', 'the file is over 1 MiB', 'Make it smaller.')
 */
export function refuse(path: string, problem: string, remedy: string): Refusal {
  return new Refusal(path, problem, remedy)
}

/** Runs an inspection in which any depth may `throw refuse(…)`. */
export async function answering<Facts extends Json>(
  inspect: () => Promise<Inspection<Facts>>,
): Promise<Inspection<Facts>> {
  try {
    return await inspect()
  } catch (error) {
    if (error instanceof Refusal) return error.inspection
    throw error
  }
}

/** Text of the tree as a message may show it: one line, printable, not long. */
export function shown(text: string): string {
  const printable = text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return printable.length > 120 ? `${printable.slice(0, 119)}…` : printable
}
