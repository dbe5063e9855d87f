export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

/** One line of what is no aim itself. */
export function tell(what: string, seconds: number): void {
  console.log(`${what.padEnd(64)} ${seconds.toFixed(3).padStart(10)} s`)
}

/** One line: what, how much, and how that stands to what is aimed at. */
export function report(what: string, value: number, unit: string, aim: number): void {
  const verdict = value <= aim ? 'ok' : 'OVER'
  console.log(`${what.padEnd(64)} ${value.toFixed(3).padStart(10)} ${unit.padEnd(3)} (aim ≤ ${aim}) ${verdict}`)
}
