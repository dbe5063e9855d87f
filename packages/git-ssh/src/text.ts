/* eslint-disable no-control-regex -- control characters are what is to go */

const ESCAPE_SEQUENCE = /\u001b\[[0-9;?]*[ -/]*[@-~]/g
const CONTROL_EXCEPT_TAB = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g

/**
 * A line as it may be shown on somebody's terminal: without control characters (which could move the cursor, rename
 * the window or type), tab apart, and bounded.
 */
export function printable(line: string, maxLength = 4000): string {
  const clean = line
    .slice(0, 4 * maxLength)
    .replace(ESCAPE_SEQUENCE, '')
    .replace(CONTROL_EXCEPT_TAB, '')
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean
}

/** What a client sent, fit for a log field: bounded, and quoted so that it cannot look like anything else. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100)).replace(/[\u007f-\uffff]/g, '?')
}
