import type { NewRelease } from '../push/releases.ts'

/** What a push of this branch comes to, for tests that need a Release and not its image: nothing can be pulled from it. */
export function sampleRelease(branch: string): NewRelease {
  return {
    branch,
    commit: 'c0ffee'.repeat(7).slice(0, 40),
    image: `registry.example/site@sha256:${'a'.repeat(64)}`,
    buildKey: 'key',
    port: 3000,
    healthPath: '/',
    source: 'push',
    author: 'Ada',
    message: 'First',
  }
}
