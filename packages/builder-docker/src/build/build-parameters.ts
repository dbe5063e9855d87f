import { Annotation, Label, MANAGER, type BuildRequest } from '@webspaces/core'
import type { BuildOnDaemon } from './build-on-daemon.ts'
import { cacheNamespace } from './dockerfile.ts'

const BUILD_KEY_LABEL = 'webspaces.dev/build-key'

/** By these an image is known as one that this platform built: what carries none of them is never removed. */
function buildLabels(request: BuildRequest): Readonly<Record<string, string>> {
  return {
    [Label.managedBy]: MANAGER,
    [Label.customer]: request.customer,
    [Label.webspace]: request.webspace,
    [Annotation.branch]: request.branch,
    [Annotation.commit]: request.commit,
    [Annotation.push]: request.id,
    [BUILD_KEY_LABEL]: request.buildKey,
  }
}

/** The query of `POST /build`. https://docs.docker.com/reference/api/engine/ */
export function buildParameters({ request, settings, tag, kind }: BuildOnDaemon): Readonly<Record<string, unknown>> {
  const { memoryBytes } = request.limits
  const classic = {
    rm: true,
    forcerm: true,
    buildargs: settings.buildArgs,
    // Swap would be on top: the same value means none.
    ...(memoryBytes === undefined ? {} : { memory: memoryBytes, memswap: memoryBytes }),
  }
  const buildKit = {
    // A number: for the text "2", dockerode opens a session of its own.
    version: 2,
    buildargs: { ...settings.buildArgs, ...cacheNamespace(request.customer) },
  }
  return {
    t: tag,
    labels: buildLabels(request),
    nocache: request.noCache,
    pull: settings.pull,
    ...(settings.network === undefined ? {} : { networkmode: settings.network }),
    ...(kind === 'buildkit' ? buildKit : classic),
  }
}
