import {
  ACCESS,
  ADDRESSING,
  BUILDER,
  CLOCK,
  CLUSTER,
  GIT_SERVER,
  LOGGER,
  NEW_ID,
  PART,
  PUSH_RECEIVER,
  REPOSITORIES,
  RESOURCE_CACHES,
  token,
  type GitServer,
  type Part,
  type Plugin,
  type Resolver,
  type Token,
} from '@webspaces/core'
import { Commands } from './commands/commands.ts'
import { Dispatcher } from './commands/dispatcher.ts'
import { requireGit } from './git/git-version.ts'
import { Git } from './git/git.ts'
import { DEFAULT_LIMITS, type SshLimits } from './limits.ts'
import { FolderClaim } from './repositories/folder-claim.ts'
import { Maintenance } from './repositories/maintenance.ts'
import { GitRepositories } from './repositories/repositories.ts'
import { RepositoryStore } from './repositories/repository-store.ts'
import { SshGitServer } from './ssh/server.ts'

export interface SshGitServerOptions {
  /** The address to listen on. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The folder of the repositories; made if there is none. */
  readonly repositories: string
  /** The file with the server's private key (Ed25519 or ECDSA, without a passphrase); made if there is none. */
  readonly hostKey: string
  readonly limits?: Partial<SshLimits>
}

/** What the two contracts of this package share. */
interface Workshop {
  readonly claim: FolderClaim
  readonly git: Git
  readonly store: RepositoryStore
  readonly maintenance: Maintenance
}

const WORKSHOP: Token<Workshop> = token('git-ssh workshop')

/** Git over SSH, on the `git` binary of this machine: GitServer and Repositories. */
export function sshGitServer(options: SshGitServerOptions): Plugin {
  return {
    name: '@webspaces/git-ssh',
    contractVersion: 1,
    requires: [CLUSTER, BUILDER, ADDRESSING],
    register(container) {
      container.provide(WORKSHOP, { useFactory: (resolver) => workshop(options, resolver) })
      container.provide(GIT_SERVER, { useFactory: (resolver) => gitServer(options, resolver) })
      container.provide(REPOSITORIES, { useFactory: repositories })
      container.contribute(PART, { useFactory: (resolver) => repositoriesPart(resolver.resolve(WORKSHOP)) })
      container.contribute(PART, { useFactory: (resolver) => serverPart(resolver.resolve(GIT_SERVER)) })
    },
  }
}

function workshop(options: SshGitServerOptions, resolver: Resolver): Workshop {
  const logger = resolver.resolve(LOGGER).child({ part: 'git-ssh' })
  const store = new RepositoryStore(options.repositories, { clock: resolver.resolve(CLOCK), logger })
  const git = new Git(store.hooksFolder)
  const claim = new FolderClaim(options.repositories, logger)
  return { claim, git, store, maintenance: new Maintenance(git, resolver.resolve(LOGGER)) }
}

function gitServer(options: SshGitServerOptions, resolver: Resolver): GitServer {
  const common = {
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    access: resolver.resolve(ACCESS),
    clock: resolver.resolve(CLOCK),
    logger: resolver.resolve(LOGGER).child({ part: 'git-ssh' }),
  }
  const dispatcher = new Dispatcher({
    ...resolver.resolve(WORKSHOP),
    ...common,
    addressing: resolver.resolve(ADDRESSING),
    caches: resolver.resolve(RESOURCE_CACHES),
    receiver: resolver.resolve(PUSH_RECEIVER),
  })
  const commands = new Commands({ ...common, dispatcher, newId: resolver.resolve(NEW_ID) })
  return new SshGitServer(options, { ...common, commands })
}

function repositories(resolver: Resolver): GitRepositories {
  return new GitRepositories({
    ...resolver.resolve(WORKSHOP),
    clock: resolver.resolve(CLOCK),
    newId: resolver.resolve(NEW_ID),
    // Asked for when first used: the push rules themselves use Repositories.
    receiver: () => resolver.resolve(PUSH_RECEIVER),
  })
}

/** Reconcilers use the repositories before anybody can push. */
function repositoriesPart({ claim, git, store, maintenance }: Workshop): Part {
  return {
    name: 'git repositories',
    stage: 'store',
    async start(signal) {
      await requireGit(git)
      await claim.take()
      await store.prepare(signal)
    },
    async stop() {
      await maintenance.stop()
      await claim.release()
    },
  }
}

function serverPart(server: GitServer): Part {
  return {
    name: 'git server',
    stage: 'intake',
    start: () => server.listen(),
    stop: (signal) => server.close(signal),
  }
}
