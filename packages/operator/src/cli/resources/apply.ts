import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { hasCode, keyOf, type Cluster } from '@webspaces/core'
import { operatorError } from '../../errors.ts'
import { openCluster } from './folder.ts'
import { qualifiedName } from './kinds.ts'
import { parseManifests, type Manifest } from './parse-manifests.ts'
import { untilObserved } from './until-observed.ts'

export interface ApplyOptions {
  readonly filename: readonly string[]
  readonly dir: string
}

const MAX_BYTES = 4 * 1024 * 1024

/** `webspaces apply`: all files are read and checked before the first resource is written. */
export async function apply({ filename, dir }: ApplyOptions): Promise<void> {
  const manifests: Manifest[] = []
  for (const file of filename) {
    const name = file === '-' ? 'standard input' : file
    manifests.push(...parseManifests(await readText(file === '-' ? process.stdin : createReadStream(file), name), name))
  }
  if (manifests.length === 0) {
    throw operatorError('WS_MANIFEST_SYNTAX', `no resource in ${filename.join(', ')}`)
  }
  const cluster = await openCluster(dir, { create: true })
  for (const manifest of manifests) {
    const outcome = await applyOne(cluster, manifest)
    process.stdout.write(`${qualifiedName(manifest.kind)}/${manifest.object.metadata.name} ${outcome}\n`)
  }
  const written = manifests.map(({ kind, object }) => ({ kind, name: object.metadata.name }))
  await untilObserved(cluster, dir, written)
}

async function applyOne(cluster: Cluster, { kind, object }: Manifest): Promise<'created' | 'configured' | 'unchanged'> {
  const former = await cluster.get(kind, keyOf(object)).catch((error: unknown) => {
    if (hasCode(error, 'WS_NOT_FOUND')) return undefined
    throw error
  })
  const applied = await cluster.apply(kind, object)
  if (former === undefined) return 'created'
  return applied.metadata.resourceVersion === former.metadata.resourceVersion ? 'unchanged' : 'configured'
}

async function readText(stream: Readable, name: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MAX_BYTES) throw operatorError('WS_MANIFEST_UNREADABLE', `${name} is larger than ${MAX_BYTES} bytes`)
      chunks.push(chunk)
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (error) {
    if (hasCode(error, 'WS_MANIFEST_UNREADABLE')) throw error
    throw operatorError('WS_MANIFEST_UNREADABLE', `${name}: ${(error as Error).message}`, { cause: error })
  }
}
