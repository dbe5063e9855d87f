import type { BuildRequest } from '@webspaces/core'
import type { BuilderKind } from '../daemon/daemon-options.ts'
import { dockerError } from '../errors.ts'
import { plainLine } from '../progress/lines.ts'

/** The one frontend whose name on a cache mount stays within the customer's own; see `cacheNamespace`. */
const OFFICIAL_FRONTEND = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]\S+)?$/
/** Anything may stand after the `=`: a line that this took for a comment and Docker did not would hide those below. */
const DIRECTIVE = /^\s*(?:#|\/\/)\s*([a-z]\w*)\s*=(.*)$/is

/**
 * Refuses a Dockerfile that brings a build program of its own (`# syntax=…`). Such a program may ask BuildKit for the
 * cache of any customer.
 * @throws WS_DOCKER_DOCKERFILE
 */
export function checkFrontend(dockerfile: string): void {
  const lines = dockerfile.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (
    lines
      .find((line) => line.trim() !== '')
      ?.trim()
      .startsWith('{') === true
  ) {
    throw dockerError('WS_DOCKER_DOCKERFILE', 'Dockerfile, line 1: it must begin with an instruction or a comment')
  }
  for (const [index, line] of lines.entries()) {
    if (/^\s*#!/.test(line) && index === 0) continue
    const [, name, written = ''] = DIRECTIVE.exec(line) ?? []
    // Directives are the lines before anything else; what comes later is a comment.
    if (name === undefined) return
    const value = written.trim()
    if (name.toLowerCase() === 'syntax' && !OFFICIAL_FRONTEND.test(value)) {
      throw dockerError(
        'WS_DOCKER_DOCKERFILE',
        `Dockerfile, line ${index + 1}: this platform has no syntax ${plainLine(value.slice(0, 200))}`,
        {
          remedy: 'Remove the line, or use docker/dockerfile:1.',
        },
      )
    }
  }
}

/**
 * The Dockerfile as the daemon's builder can take it. The classic builder does not know cache mounts; a Runtime's
 * template works without them too, only slower. What a customer wrote stays as it is.
 */
export function dockerfileFor(request: BuildRequest, kind: BuilderKind): string {
  if (kind === 'buildkit' || request.plan === undefined) return request.dockerfile
  return request.dockerfile.replace(/^([ \t]*RUN\s+)((?:--mount=type=cache\S*\s+)+)/gim, '$1')
}

/** Keeps the cache mounts of customers apart, whatever id their Dockerfiles give them. */
export function cacheNamespace(customer: string): Readonly<Record<string, string>> {
  return { BUILDKIT_CACHE_MOUNT_NS: customer }
}
