import { Readable } from 'node:stream'
import { type CommitFacts, type PushedRepository, type SourceTree, coreError } from '@webspaces/core'
import { gitSshError } from '../errors.ts'
import type { Git, GitOptions, GitProcess } from '../git/git.ts'
import { ObjectReader } from '../git/object-reader.ts'
import { readSourceTree } from '../git/source-tree.ts'
import { printable } from '../text.ts'
import type { Quarantine } from './quarantine.ts'

const MAX_COMMIT_BYTES = 1024 * 1024
const MAX_SUBJECT = 500

/**
 * A repository with the objects of a push that git has not accepted yet: every git process here gets the environment
 * by which git's own hooks see them (git-receive-pack(1), "Quarantine Environment").
 */
export class QuarantinedRepository implements PushedRepository {
  readonly #git: Git
  readonly #path: string
  readonly #options: { readonly env: Record<string, string>; readonly signal: AbortSignal }
  readonly #objects: ObjectReader

  constructor(git: Git, path: string, quarantine: Quarantine | undefined, signal: AbortSignal) {
    const env: Record<string, string> =
      quarantine === undefined
        ? {}
        : {
            GIT_OBJECT_DIRECTORY: quarantine.objectDirectory,
            GIT_ALTERNATE_OBJECT_DIRECTORIES: quarantine.alternates,
          }
    this.#git = git
    this.#path = path
    this.#options = { env, signal }
    this.#objects = new ObjectReader(git, path, this.#options)
  }

  /** Ends what was started for reading. */
  close(): void {
    this.#objects.close()
  }

  async refs(): Promise<ReadonlyMap<string, string>> {
    return readRefs(this.#git, this.#path, this.#options)
  }

  async objectType(oid: string): Promise<string | undefined> {
    return (await this.#objects.read(oid, 0))?.type
  }

  async commit(oid: string): Promise<CommitFacts> {
    const object = await this.#objects.read(oid, MAX_COMMIT_BYTES)
    if (object?.type !== 'commit') throw coreError('WS_PUSH_NOT_A_COMMIT', `${oid} is not a commit`)
    if (object.content === undefined) {
      throw coreError(
        'WS_PUSH_TOO_LARGE',
        `commit ${oid} has more than ${MAX_COMMIT_BYTES} bytes of headers and message`,
      )
    }
    return parseCommit(oid, object.content)
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const { code, stderr } = await this.#run(['merge-base', '--is-ancestor', ancestor, descendant])
    if (code === 0 || code === 1) return code === 0
    throw gitSshError('WS_GIT_FAILED', 'git merge-base failed', { details: { stderr } })
  }

  /**
   * Walks what is new. The refs that are here already are whole: no push without its history was ever accepted.
   * git's own check comes after the hook, when the build has been made.
   */
  async lacksHistory(oid: string): Promise<boolean> {
    const { code } = await this.#run(['rev-list', '--quiet', oid, '--not', '--all'])
    return code !== 0
  }

  async tree(commit: string, maxEntries: number): Promise<SourceTree> {
    const listing = this.#git.start(
      ['--git-dir', this.#path, 'ls-tree', '-r', '-l', '-z', '--full-tree', commit],
      this.#options,
    )
    return readSourceTree(listing, maxEntries, (oid, limit) => this.#objects.read(oid, limit))
  }

  archive(commit: string, signal: AbortSignal): Readable {
    const either = AbortSignal.any([signal, this.#options.signal])
    const process = this.#git.start(['--git-dir', this.#path, 'archive', '--format=tar', commit], {
      ...this.#options,
      signal: either,
    })
    process.stdin.end()
    const archive = Readable.from(wholeOutput(process, either), { objectMode: false })
    return archive.once('close', process.kill)
  }

  #run(args: readonly string[]): ReturnType<Git['run']> {
    return this.#git.run(['--git-dir', this.#path, ...args], this.#options)
  }
}

/** Ends only when git has said that this was all of it: half an archive must not pass for one. */
async function* wholeOutput({ stdout, exited }: GitProcess, signal: AbortSignal): AsyncGenerator<Buffer> {
  yield* stdout as AsyncIterable<Buffer>
  const { code, stderr } = await exited
  signal.throwIfAborted()
  if (code !== 0) throw gitSshError('WS_GIT_FAILED', 'git archive failed', { details: { stderr } })
}

/** All refs: full name → oid. */
export async function readRefs(
  git: Git,
  path: string,
  options: GitOptions,
  under = 'refs',
): Promise<Map<string, string>> {
  const output = await git.text(
    ['--git-dir', path, 'for-each-ref', '--format=%(objectname) %(refname)', under],
    options,
  )
  const lines = output.split('\n').filter((line) => line !== '')
  return new Map(
    lines.map((line): [string, string] => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
  )
}

/** Headers, an empty line, the message (gitformat-commit). `encoding` says what neither is in, if not UTF-8. */
function parseCommit(oid: string, content: Buffer): CommitFacts {
  const end = content.indexOf('\n\n')
  const headers = end === -1 ? content : content.subarray(0, end)
  const encoding = /^encoding (.+)$/m.exec(headers.toString('latin1'))?.[1]
  const text = decode(content, encoding)
  const author = /^author (.*?)(?: -?\d+ [+-]\d{4})?$/m.exec(text)?.[1] ?? ''
  const message = text.slice(text.indexOf('\n\n') + 2)
  return {
    oid,
    tree: /^tree ([0-9a-f]+)$/m.exec(text)?.[1] ?? '',
    author: printable(author, MAX_SUBJECT),
    subject: printable(end === -1 ? '' : (message.trimStart().split('\n', 1)[0] ?? ''), MAX_SUBJECT),
  }
}

function decode(content: Buffer, encoding: string | undefined): string {
  try {
    return new TextDecoder(encoding).decode(content)
  } catch {
    return content.toString('utf8')
  }
}
