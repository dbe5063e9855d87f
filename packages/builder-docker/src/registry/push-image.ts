import { WebspacesError, type BuildIo } from '@webspaces/core'
import type { AuthConfig } from 'dockerode'
import { daemonMessage, statusOf, type Daemon } from '../daemon/daemon.ts'
import { DaemonLost } from '../daemon/daemon-lost.ts'
import { dockerError } from '../errors.ts'
import { jsonLines } from '../progress/json-lines.ts'
import { plainLine } from '../progress/lines.ts'
import type { Credentials } from './credentials.ts'

/**
 * Lets the daemon push one of its images under a name.
 * @returns the digest that the registry knows it by
 * @throws DaemonLost, WS_REGISTRY_REFUSED, WS_REGISTRY_UNAVAILABLE, the signal's reason
 */
export async function pushImage(
  daemon: Daemon,
  id: string,
  image: { readonly name: string; readonly tag: string },
  credentials: Credentials | undefined,
  { signal }: Pick<BuildIo, 'signal'>,
): Promise<string> {
  let digest: string | undefined
  try {
    await daemon.client.getImage(id).tag({ repo: image.name, tag: image.tag, abortSignal: signal })
  } catch (error) {
    signal.throwIfAborted()
    // The registry has no part in it: the daemon has the image no more, or is not well.
    throw daemon.lost(error)
  }
  try {
    const options = { tag: image.tag, authconfig: authConfig(credentials), abortSignal: signal }
    const answer = await daemon.client.getImage(image.name).push(options)
    for await (const { error, errorDetail, aux } of jsonLines(answer as AsyncIterable<Uint8Array>)) {
      if (error !== undefined) throw pushError(errorDetail?.message ?? error)
      digest = digestOf(aux) ?? digest
    }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof WebspacesError) throw error
    const words = daemonMessage(error)
    throw statusOf(error) !== undefined && OF_REGISTRY.test(words) ? pushError(words) : daemon.lost(error)
  }
  if (digest === undefined) throw new DaemonLost(daemon.url, 'the push ended without a digest')
  return digest
}

/** Never left out: a daemon takes a push without this header for one of another protocol. */
function authConfig(credentials: Credentials | undefined): AuthConfig {
  if (credentials === undefined) return {}
  if ('identityToken' in credentials) return { identitytoken: credentials.identityToken }
  return { username: credentials.username, password: credentials.password }
}

function digestOf(aux: unknown): string | undefined {
  if (typeof aux !== 'object' || aux === null || !('Digest' in aux)) return undefined
  return typeof aux.Digest === 'string' ? aux.Digest : undefined
}

const REFUSED =
  /unauthorized|authentication required|authorization failed|no basic auth|denied|forbidden|insufficient_scope/i

/** What in an answer without a push is of the registry, and not of the daemon itself. */
const OF_REGISTRY = new RegExp(
  String.raw`${REFUSED.source}|https?:|dial tcp|no such host|unexpected HTTP status|i/o timeout|x509|toomanyrequests`,
  'i',
)

/** What the daemon says of the registry, in its own words. */
export function pushError(words: string): Error {
  const message = `the image cannot be pushed: ${plainLine(words).slice(0, 500)}`
  if (REFUSED.test(words)) return dockerError('WS_REGISTRY_REFUSED', message)
  return dockerError(
    'WS_REGISTRY_UNAVAILABLE',
    message,
    /HTTP response to HTTPS client/i.test(words)
      ? { remedy: 'Add the registry to insecure-registries of the Docker daemon, or let it speak https.' }
      : {},
  )
}
