import { hasCode, WebspacesError } from '@webspaces/core'
import { dockerError } from '../errors.ts'
import { parseAddress, type RegistryAddress } from './address.ts'
import { basic, parseChallenge, Tokens } from './authorization.ts'
import { boundedText } from './bounded-text.ts'
import { readCredentials, type Credentials, type CredentialsSource } from './credentials.ts'

export interface RegistryOptions {
  /**
   * `host:port` or `host:port/prefix`, as it stands in an image's name: what daemons push to and the cluster pulls from.
   * An image is `<address>/<webspace>@sha256:…`.
   */
  readonly address: string
  readonly credentials?: CredentialsSource
  /** The registry speaks http. Loopback addresses do in any case; the daemons need `insecure-registries`. */
  readonly insecure?: boolean
  /** URL by which the platform itself reaches the registry's API, where that is not the address of the images. */
  readonly endpoint?: string
}

const REQUEST_MS = 15_000
const PAGE = 1000
/** Of tags of one repository, and of repositories. */
const MAX_NAMES = 100_000

const MANIFESTS = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
].join(', ')

export interface Manifest {
  readonly body: string
  readonly mediaType: string
}

interface Answer {
  readonly ok: boolean
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

interface ApiRequest {
  readonly method?: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** What a token must allow. */
  readonly scope: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * The registry's HTTP API, as far as the platform needs it.
 * https://distribution.github.io/distribution/spec/api/
 *
 * Every method throws WS_REGISTRY_UNAVAILABLE, WS_REGISTRY_REFUSED or WS_REGISTRY_CREDENTIALS.
 */
export class Registry {
  readonly address: RegistryAddress
  readonly #credentials: CredentialsSource | undefined
  readonly #tokens = new Tokens()

  constructor(options: RegistryOptions) {
    this.address = parseAddress(options.address, options.insecure ?? false, options.endpoint)
    this.#credentials = options.credentials
  }

  /** Name of a Webspace's repository as the API has it, without the host. */
  repository(webspace: string): string {
    return this.address.prefix + webspace
  }

  /** Name of a repository as an image reference has it. */
  nameOf(repository: string): string {
    return `${this.address.host}/${repository}`
  }

  credentials(): Promise<Credentials | undefined> {
    return readCredentials(this.#credentials, this.address.host)
  }

  /** Whether the registry is there and takes the credentials: asked before a build, which would be for nothing. */
  async check(signal: AbortSignal): Promise<void> {
    await this.#request('/v2/', { scope: '' }, signal, [])
  }

  /** Tags of a repository; none where there is no such repository. */
  async tags(repository: string, signal: AbortSignal): Promise<string[]> {
    return await this.#pages(`/v2/${repository}/tags/list`, 'tags', pull(repository), signal)
  }

  /** All repositories below the prefix, or undefined where the registry does not tell. */
  async repositories(signal: AbortSignal): Promise<string[] | undefined> {
    try {
      const names = await this.#pages('/v2/_catalog', 'repositories', 'registry:catalog:*', signal)
      return names.filter((name) => name.startsWith(this.address.prefix))
    } catch (error) {
      if (hasCode(error, 'WS_REGISTRY_REFUSED')) return undefined
      throw error
    }
  }

  /** Digest of what a tag is on. */
  async digest(repository: string, tag: string, signal: AbortSignal): Promise<string | undefined> {
    const path = `/v2/${repository}/manifests/${tag}`
    const request = { method: 'HEAD', scope: pull(repository), headers: { accept: MANIFESTS } } as const
    const { ok, headers } = await this.#request(path, request, signal, [404])
    return ok ? (headers.get('docker-content-digest') ?? undefined) : undefined
  }

  async manifest(repository: string, reference: string, signal: AbortSignal): Promise<Manifest | undefined> {
    const path = `/v2/${repository}/manifests/${reference}`
    const request = { scope: pull(repository), headers: { accept: MANIFESTS } }
    const { ok, headers, body } = await this.#request(path, request, signal, [404])
    return ok ? { body, mediaType: headers.get('content-type') ?? MANIFESTS } : undefined
  }

  /** Puts another tag on an image. */
  async tag(repository: string, tag: string, { body, mediaType }: Manifest, signal: AbortSignal): Promise<void> {
    const path = `/v2/${repository}/manifests/${tag}`
    const headers = { 'content-type': mediaType }
    await this.#request(path, { method: 'PUT', scope: push(repository), headers, body }, signal, [])
  }

  /** A small blob: an image's configuration. */
  async blob(repository: string, digest: string, signal: AbortSignal): Promise<string | undefined> {
    const path = `/v2/${repository}/blobs/${digest}`
    const { ok, body } = await this.#request(path, { scope: pull(repository) }, signal, [404])
    return ok ? body : undefined
  }

  /** Removes an image with all its tags. False where the registry allows no deletion, or not with these credentials. */
  async delete(repository: string, digest: string, signal: AbortSignal): Promise<boolean> {
    const path = `/v2/${repository}/manifests/${digest}`
    const request = { method: 'DELETE', scope: remove(repository) } as const
    try {
      return (await this.#request(path, request, signal, [404, 405])).status !== 405
    } catch (error) {
      if (hasCode(error, 'WS_REGISTRY_REFUSED')) return false
      throw error
    }
  }

  /** JSON that the registry gave. */
  parse(body: string): unknown {
    try {
      return JSON.parse(body)
    } catch (error) {
      throw dockerError('WS_REGISTRY_UNAVAILABLE', `${this.address.endpoint} answered with what is no JSON`, {
        cause: error,
      })
    }
  }

  async #pages(path: string, field: string, scope: string, signal: AbortSignal): Promise<string[]> {
    const names: string[] = []
    let next: string | undefined = `${path}?n=${PAGE}`
    while (next !== undefined && names.length < MAX_NAMES) {
      const answer: Answer = await this.#request(next, { scope }, signal, [404, 405])
      if (!answer.ok) return names
      const found = (this.parse(answer.body) as Readonly<Record<string, unknown>>)[field]
      if (Array.isArray(found)) names.push(...found.filter((name) => typeof name === 'string'))
      next = nextPage(answer.headers.get('link'), path)
    }
    return names
  }

  /** One request, with the credentials in the way that the registry asks for. Answers `expected` besides success. */
  async #request(path: string, request: ApiRequest, signal: AbortSignal, expected: readonly number[]): Promise<Answer> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)])
    try {
      const token = this.#tokens.get(request.scope)
      let answer = await this.#send(path, request, token === undefined ? undefined : `Bearer ${token}`, limit)
      if (answer.status === 401) {
        const authorization = await this.#authorization(answer, request.scope, limit)
        if (authorization !== undefined) answer = await this.#send(path, request, authorization, limit)
      }
      if (answer.ok || expected.includes(answer.status)) return answer
      const refused = answer.status === 401 || answer.status === 403
      throw dockerError(
        refused ? 'WS_REGISTRY_REFUSED' : 'WS_REGISTRY_UNAVAILABLE',
        `${this.address.endpoint}${path} answered with status ${answer.status}`,
      )
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof WebspacesError) throw error
      throw dockerError('WS_REGISTRY_UNAVAILABLE', `${this.address.endpoint}: ${reasonOf(error)}`, { cause: error })
    }
  }

  async #send(
    path: string,
    { method = 'GET', headers, body }: ApiRequest,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const response = await fetch(this.address.endpoint + path, {
      method,
      headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
      ...(body === undefined ? {} : { body }),
      signal,
    })
    return { ok: response.ok, status: response.status, headers: response.headers, body: await boundedText(response) }
  }

  async #authorization({ headers }: Answer, scope: string, signal: AbortSignal): Promise<string | undefined> {
    const challenge = parseChallenge(headers.get('www-authenticate'))
    const credentials = await this.credentials()
    if (challenge?.scheme !== 'bearer') return basic(credentials)
    // A token service that is not encrypted gets no password of a registry that is.
    if (this.address.endpoint.startsWith('https:') && !challenge.realm.startsWith('https:')) return undefined
    return `Bearer ${await this.#tokens.fetch(scope, challenge, credentials, signal)}`
  }
}

const pull = (repository: string): string => `repository:${repository}:pull`
const push = (repository: string): string => `repository:${repository}:pull,push`
const remove = (repository: string): string => `repository:${repository}:delete`

/** The query of `Link: </v2/…?last=…>; rel="next"`; the path is the one asked for, which a proxy may have changed. */
function nextPage(link: string | null, path: string): string | undefined {
  const [, query] = /<[^>?]*(\?[^>]*)>\s*;\s*rel="?next"?/.exec(link ?? '') ?? []
  return query === undefined ? undefined : path + query
}

/** `fetch` says only that it failed, and why in the cause. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error
  if (name === 'TimeoutError') return 'it does not answer'
  if (!(cause instanceof Error)) return message
  return cause.message === '' ? String((cause as NodeJS.ErrnoException).code) : cause.message
}
