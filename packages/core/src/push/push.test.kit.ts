import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Builder, BuildIo, BuildRequest, PruneResult } from '../contracts/builder.ts'
import type { Runtime } from '../contracts/runtime.ts'
import type { PushedRepository } from '../contracts/source.ts'
import { coreError } from '../errors/catalogue.ts'
import { sourceTree } from '../testing/source-tree.ts'

export const oid = (text: string): string => createHash('sha1').update(text).digest('hex')

/** Fits a tree with site.txt, whose text is the build's verdict. */
export const runtime: Runtime = {
  name: 'text',
  title: 'Text',
  dockerfile: 'FROM scratch\nCOPY <%= it.file %> /\n',
  looksFor: ['site.txt'],
  inspect: (tree) =>
    Promise.resolve(
      tree.has('site.txt')
        ? { type: 'fits', facts: { file: 'site.txt' }, notes: ['Text found'] }
        : { type: 'absent', found: [] },
    ),
  plan: () => ({
    version: 1,
    runtime: 'text',
    template: { file: 'site.txt' },
    tools: [],
    steps: [],
    files: {},
    start: 'serve',
    env: {},
    port: 3000,
    healthPath: '/',
  }),
}

/** Builds at once, or when told; a message that begins with `broken` fails. */
export class ScriptedBuilder implements Builder {
  readonly buildsDockerfiles = false
  readonly built: BuildRequest[] = []
  readonly images = new Map<string, string>()
  hold: Promise<void> | undefined

  has(buildKey: string): Promise<string | undefined> {
    return Promise.resolve(this.images.get(buildKey))
  }

  async build(request: BuildRequest, io: BuildIo): Promise<{ image: string }> {
    this.built.push(request)
    io.log('building')
    if (this.hold !== undefined) {
      await Promise.race([
        this.hold,
        new Promise<never>((_resolve, reject) => {
          io.signal.addEventListener('abort', () => reject(io.signal.reason as Error), { once: true })
        }),
      ])
    }
    if (request.commit === oid('broken')) throw coreError('WS_BUILD_FAILED', 'step 1 ended with exit code 1')
    const image = `test/site@sha256:${createHash('sha256').update(request.buildKey).digest('hex')}`
    this.images.set(request.buildKey, image)
    return { image }
  }

  prune(): Promise<PruneResult> {
    return Promise.resolve({ removed: 0, bytes: 0, left: new Set() })
  }
}

/** Commits by name: the tree is the name's, the history is a line of names. */
export class TinyRepository implements PushedRepository {
  readonly heads = new Map<string, string>()
  readonly files = new Map<string, Record<string, string>>()
  readonly history: string[] = []
  shallow = false

  add(name: string, files: Record<string, string> = { 'site.txt': name }): string {
    this.files.set(oid(name), files)
    this.history.push(oid(name))
    return oid(name)
  }
  refs = () => Promise.resolve(this.heads)
  objectType = (id: string) => Promise.resolve(this.files.has(id) ? 'commit' : undefined)
  commit = (id: string) =>
    Promise.resolve({ oid: id, tree: oid(JSON.stringify(this.files.get(id))), author: 'Ada <a@x>', subject: 'change' })
  isAncestor = (a: string, b: string) => Promise.resolve(this.history.indexOf(a) <= this.history.indexOf(b))
  lacksHistory = () => Promise.resolve(this.shallow)
  tree = (id: string) => Promise.resolve(sourceTree(this.files.get(id) ?? {}))
  archive = () => Readable.from([])
}
