import { createServer } from 'node:net'

/**
 * There is one lab on a machine, and one command at a time that changes it. The name is in the kernel and not on the
 * disk ("\0"), and so is gone with the process that holds it, however that ends.
 */
export async function holdLock(): Promise<() => void> {
  const server = createServer()
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  server.once('error', (cause) => reject(new Error('Another "npm run lab" is at work on this machine', { cause })))
  server.listen('\0webspaces-lab', () => resolve(undefined))
  await promise
  return () => server.close()
}
