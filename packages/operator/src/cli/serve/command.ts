import { setFlagsFromString } from 'node:v8'
import type { Command } from 'commander'
import { variableOf } from '../../manifests/variable.ts'
import { serveOptions } from './options.ts'
import type { ServeOptions } from './serve.ts'

/** Every option can be given as an environment variable as well: `--ssh-port` as `WEBSPACES_SSH_PORT`. */
export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('Run the platform, or a part of it, on a Kubernetes cluster, until SIGTERM.')
    .addHelpText(
      'after',
      '\nEach option can be given as WEBSPACES_… in the environment: --ssh-port as WEBSPACES_SSH_PORT.\n' +
        '\nExamples:\n' +
        '  $ webspaces serve --roles operator\n' +
        '  $ webspaces serve --roles git,operator --docker tcp://builder:2375 --registry registry.example.com/webspaces \\\n' +
        '      --repositories /var/lib/webspaces/repositories --host-key /etc/webspaces/ssh_host_key\n',
    )
    .action(async (options: ServeOptions) => {
      // The platform is in memory as a whole, and changes in bursts that leave much behind: a heap that grows slowly is
      // half the size, and takes no longer. Said before anything else is loaded.
      setFlagsFromString('--optimize-for-size')
      const { serve } = await import('./serve.ts')
      await serve(options)
    })
  for (const option of serveOptions()) {
    command.addOption(option.env(variableOf(option.name())))
  }
}
