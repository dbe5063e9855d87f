export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

/** For what differs at random; the median is for what other work on the machine makes longer at times. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** How far the mean of so many values lies, typically, from that of endlessly many. */
function standardError(values: readonly number[]): number {
  const center = mean(values)
  const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1)
  return Math.sqrt(variance / values.length)
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

/** The same of how the means of two samples stand to each other, with the standard error of that. */
export function reportRatio(what: string, own: readonly number[], peer: readonly number[], aim: number): void {
  const ratio = mean(own) / mean(peer)
  const error = ratio * Math.hypot(standardError(own) / mean(own), standardError(peer) / mean(peer))
  report(`${what} (± ${error.toFixed(2)})`, ratio, '', aim)
}
