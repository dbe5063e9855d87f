import { readFile } from 'node:fs/promises'
import { dockerError } from '../errors.ts'

/** A user name and a password (or access token), or the identity token of a registry that gives one at `docker login`. */
export type Credentials = { readonly username: string; readonly password: string } | { readonly identityToken: string }

/**
 * Where the credentials come from. A file is read, and a function called, whenever they are needed: what is changed in a
 * mounted Secret counts at once.
 */
export type CredentialsSource =
  | Credentials
  /** Path of a docker configuration file (`~/.docker/config.json`, or `.dockerconfigjson` of a Secret). */
  | { readonly dockerConfig: string }
  | (() => Promise<Credentials | undefined>)

/**
 * @param host the registry's, as in an image's name
 * @throws WS_REGISTRY_CREDENTIALS
 */
export async function readCredentials(
  source: CredentialsSource | undefined,
  host: string,
): Promise<Credentials | undefined> {
  if (source === undefined) return undefined
  if (typeof source === 'function') {
    try {
      return await source()
    } catch (error) {
      throw dockerError('WS_REGISTRY_CREDENTIALS', `registry.credentials: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
  if (!('dockerConfig' in source)) return source
  return credentialsIn(await readConfig(source.dockerConfig), host, source.dockerConfig)
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw dockerError('WS_REGISTRY_CREDENTIALS', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  })
  try {
    return recordOf(JSON.parse(text))
  } catch {
    // The parser's message would quote the file.
    throw dockerError('WS_REGISTRY_CREDENTIALS', `${path} is no JSON`)
  }
}

function credentialsIn(config: Record<string, unknown>, host: string, path: string): Credentials | undefined {
  const names = host === 'docker.io' ? ['https://index.docker.io/v1/', 'index.docker.io', host] : [host]
  const auths = recordOf(config['auths'])
  const found = Object.keys(auths).find((key) => names.includes(key) || names.includes(hostOf(key)))
  const entry = recordOf(found === undefined ? undefined : auths[found])
  const credentials = credentialsOf(entry)
  if (credentials !== undefined) return credentials

  const helper = names.map((name) => recordOf(config['credHelpers'])[name]).find((each) => each !== undefined)
  const store = helper ?? config['credsStore']
  if (typeof store === 'string') {
    throw dockerError('WS_REGISTRY_CREDENTIALS', `${path} leaves ${host} to the program docker-credential-${store}`, {
      remedy: 'Log in to the registry with a docker configuration that has no credsStore and no credHelpers.',
    })
  }
  if (found !== undefined) {
    throw dockerError('WS_REGISTRY_CREDENTIALS', `${path}: auths has no user name and password for ${host}`)
  }
  return undefined
}

function credentialsOf(entry: Record<string, unknown>): Credentials | undefined {
  const { identitytoken: identityToken, username, password, auth } = entry
  if (typeof identityToken === 'string' && identityToken !== '') return { identityToken }
  if (typeof username === 'string' && typeof password === 'string') return { username, password }
  if (typeof auth !== 'string') return undefined
  const [, user, secret] = /^([^:]+):(.*)$/s.exec(Buffer.from(auth, 'base64').toString()) ?? []
  return user === undefined || secret === undefined
    ? undefined
    : { username: user, password: secret.replace(/\0+$/, '') }
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
