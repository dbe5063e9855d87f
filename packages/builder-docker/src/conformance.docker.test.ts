import { builderConformance } from '@webspaces/core/testing'
import { beforeAll, describe, test } from 'vitest'
import type { DaemonOptions } from './daemon/daemon-options.ts'
import { dockerHost, ensureBaseImage, makeBench, tlsDaemon } from './docker.test.kit.ts'

const DAEMONS: readonly { readonly name: string; readonly daemon: () => DaemonOptions }[] = [
  { name: 'DOCKER_HOST', daemon: () => ({ url: dockerHost() }) },
  { name: 'TCP with client certificates', daemon: tlsDaemon },
]

for (const { name, daemon } of DAEMONS) {
  for (const kind of ['buildkit', 'classic'] as const) {
    describe(`the Builder contract, on ${name}, ${kind}`, () => {
      beforeAll(() => ensureBaseImage(daemon()))
      builderConformance({
        test,
        make: () => {
          const { builder, input, running } = makeBench([daemon()], {}, kind)
          return Promise.resolve({ builder, input, running, close: () => Promise.resolve() })
        },
      })
    })
  }
}
