import { must, run, type Ended } from './run.ts'

export function kubectl(args: readonly string[], input?: string): Promise<Ended> {
  return run('kubectl', args, input === undefined ? {} : { input })
}

/** What `kubectl get … -o json` says. */
export async function getObject<T>(...args: string[]): Promise<T> {
  return JSON.parse((await must(kubectl(['get', ...args, '--output=json']))).stdout) as T
}

/** Names, as `kubectl get … -o name` prints them. */
export async function namesOf(...args: string[]): Promise<string[]> {
  const { stdout } = await must(kubectl(['get', '--ignore-not-found', '--output=name', ...args]))
  return stdout.split('\n').filter((line) => line !== '')
}

/** Names of a Webspace's Releases, as {@link namesOf} has them. */
export function releasesOf(webspace: string): Promise<string[]> {
  return namesOf('releases', `--selector=webspaces.dev/webspace=${webspace}`)
}
