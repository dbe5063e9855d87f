import { type Clock, coreError } from '@webspaces/core'
import { gitSshError } from '../errors.ts'
import type { SshLimits } from '../limits.ts'
import type { CommandChannel } from '../ssh/channel.ts'

/** Ends a command in which nothing moves any more, or that takes longer than any should. */
export async function watchProgress(
  channel: CommandChannel,
  clock: Clock,
  limits: SshLimits,
  ended: AbortSignal,
  abort: (reason: Error) => void,
): Promise<void> {
  const deadline = clock.now() + limits.commandTimeMs
  try {
    for (;;) {
      const { moved } = channel
      await clock.sleep(Math.min(limits.stallMs, Math.max(1, deadline - clock.now())), ended)
      if (clock.now() >= deadline) {
        abort(coreError('WS_TIMEOUT', `the command took longer than ${limits.commandTimeMs / 1000} s`))
        return
      }
      if (channel.moved === moved) {
        abort(gitSshError('WS_SSH_STALLED', `nothing moved for ${limits.stallMs / 1000} s`))
        return
      }
    }
  } catch (error) {
    if (!ended.aborted) throw error
  }
}
