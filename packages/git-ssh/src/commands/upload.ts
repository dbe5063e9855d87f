import { failure } from '../git/failure.ts'
import type { Git } from '../git/git.ts'
import type { CommandChannel } from '../ssh/channel.ts'

export interface UploadRequest {
  readonly id: string
  readonly service: 'git-upload-pack' | 'git-upload-archive'
  readonly path: string
  /** What the client asked for by GIT_PROTOCOL, checked. */
  readonly protocol: string | undefined
  readonly signal: AbortSignal
}

/** Clone, fetch and `git archive --remote`: git's own processes, with the client at the other end. */
export async function serveUpload(git: Git, request: UploadRequest, channel: CommandChannel): Promise<number> {
  const process = git.start([request.service.slice('git-'.length), request.path], {
    signal: request.signal,
    env: request.protocol === undefined ? {} : { GIT_PROTOCOL: request.protocol },
    config: ['uploadpack.allowFilter=true'],
  })
  channel.receive(process.stdin, () => undefined)
  await channel.send(process.stdout)
  const exit = await process.exited
  request.signal.throwIfAborted()
  if (exit.code !== 0) throw failure(request.service, request.id, exit)
  return 0
}
