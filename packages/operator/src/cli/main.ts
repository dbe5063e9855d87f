#!/usr/bin/env node
import { exitOnClosedPipe } from './closed-pipe.ts'
import { createProgram } from './program.ts'

process.stdout.on('error', exitOnClosedPipe)
try {
  await createProgram().parseAsync(process.argv)
} catch (error) {
  // Loaded only now: a command that succeeds does not need it.
  const { reportFailure } = await import('./failure.ts')
  process.exitCode = reportFailure(error)
}
