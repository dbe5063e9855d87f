/** Ends the process as `webspaces get … | head` expects it: the reader has had enough, which is no failure. */
export function exitOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit()
  throw error
}

/** For a command that goes on when nobody reads what it prints: the platform itself. */
export function keepRunningOnClosedPipe(): void {
  process.stdout.off('error', exitOnClosedPipe)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}
