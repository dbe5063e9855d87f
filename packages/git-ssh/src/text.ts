/**
 * A line as it may be shown on somebody's terminal: without control characters (which could move the cursor, rename
 * the window or type), tab apart, and bounded.
 */
export function printable(line: string, maxLength = 4000): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is to go
  const clean = line.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '').replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '')
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean
}

/** What a client sent, fit for a log field: bounded, and quoted so that it cannot look like anything else. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100)).replace(/[\u007f-\uffff]/g, '?')
}
