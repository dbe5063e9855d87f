import { dockerError } from '../errors.ts'
import { boundedText } from './bounded-text.ts'
import type { Credentials } from './credentials.ts'

/** A token without `expires_in` holds for 60 s. https://distribution.github.io/distribution/spec/auth/token/ */
const DEFAULT_TOKEN_MS = 60_000
/** A token that is about to end is not used any more. */
const MARGIN_MS = 10_000

export interface Challenge {
  readonly scheme: 'basic' | 'bearer'
  readonly realm: string
  readonly service: string | undefined
  readonly scope: string | undefined
}

/** Reads `WWW-Authenticate` of a registry. */
export function parseChallenge(header: string | null): Challenge | undefined {
  const [, scheme, rest = ''] = /^\s*(basic|bearer)\s+(.*)$/is.exec(header ?? '') ?? []
  if (scheme === undefined) return undefined
  const fields = new Map(
    [...rest.matchAll(/([a-z]+)="([^"]*)"/gi)].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  )
  return {
    scheme: scheme.toLowerCase() as Challenge['scheme'],
    realm: fields.get('realm') ?? '',
    service: fields.get('service'),
    scope: fields.get('scope'),
  }
}

export function basic(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined || !('username' in credentials)) return undefined
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
}

/** Tokens of a registry that hands its access out by the Bearer scheme, kept as long as they hold. */
export class Tokens {
  readonly #tokens = new Map<string, { readonly token: string; readonly until: number }>()

  get(scope: string): string | undefined {
    const known = this.#tokens.get(scope)
    if (known === undefined || known.until < Date.now()) return undefined
    return known.token
  }

  /** @throws WS_REGISTRY_REFUSED, WS_REGISTRY_UNAVAILABLE, or what the request throws */
  async fetch(
    scope: string,
    challenge: Challenge,
    credentials: Credentials | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const response = await tokenRequest(challenge, scope, credentials, signal)
    if (!response.ok) {
      await response.body?.cancel()
      const refused = response.status === 401 || response.status === 403
      throw dockerError(
        refused ? 'WS_REGISTRY_REFUSED' : 'WS_REGISTRY_UNAVAILABLE',
        `the registry gives no token for ${scope}: status ${response.status}`,
      )
    }
    const { token, access_token: other, expires_in: seconds } = parseToken(await boundedText(response))
    const given = token ?? other
    if (typeof given !== 'string') throw dockerError('WS_REGISTRY_REFUSED', 'the registry answered without a token')
    const holds = typeof seconds === 'number' ? seconds * 1000 : DEFAULT_TOKEN_MS
    if (this.#tokens.size >= 1000) this.#tokens.clear()
    this.#tokens.set(scope, { token: given, until: Date.now() + holds - MARGIN_MS })
    return given
  }
}

function parseToken(text: string): Readonly<Record<'token' | 'access_token' | 'expires_in', unknown>> {
  try {
    return Object(JSON.parse(text)) as ReturnType<typeof parseToken>
  } catch {
    // The parser's message would quote the answer.
    throw dockerError('WS_REGISTRY_UNAVAILABLE', "the registry's token service answered with what is no JSON")
  }
}

async function tokenRequest(
  { realm, service }: Challenge,
  scope: string,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const fields = new URLSearchParams({ scope, ...(service === undefined ? {} : { service }) })
  if (credentials !== undefined && 'identityToken' in credentials) {
    fields.set('grant_type', 'refresh_token')
    fields.set('refresh_token', credentials.identityToken)
    fields.set('client_id', 'webspaces')
    return await fetch(realm, { method: 'POST', body: fields, signal })
  }
  const url = new URL(realm)
  for (const [name, value] of fields) url.searchParams.append(name, value)
  const authorization = basic(credentials)
  return await fetch(url, { headers: authorization === undefined ? {} : { authorization }, signal })
}
