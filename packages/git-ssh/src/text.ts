import { terminalText } from '@webspaces/core'

/** A line as it may be shown on somebody's terminal, bounded. */
export function printable(line: string, maxLength = 4000): string {
  const clean = terminalText(line.slice(0, 4 * maxLength))
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean
}

/** What a client sent, fit for a log field: bounded, and quoted so that it cannot look like anything else. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100)).replace(/[\u007f-\uffff]/g, '?')
}
