import { InvalidArgumentError, Option, type Command } from 'commander'
import {
  MANIFEST_DEFAULTS,
  PARTS,
  SSH_SERVICES,
  type ManifestOptions,
  type ManifestPart,
} from '../manifests/options.ts'

export interface ManifestsCommandOptions extends Omit<ManifestOptions, 'settings' | 'kubernetesMinor'> {
  readonly only?: ManifestPart
  readonly set: Readonly<Record<string, string>>
  /** The minor version; kubectl is asked where it is left out. */
  readonly kubernetes?: number
}

export function addManifests(program: Command): void {
  program
    .command('manifests')
    .description('Print what a Kubernetes cluster needs to run the platform, for kubectl apply -f -.')
    .addOption(new Option('--only <part>', 'a part of it').choices(PARTS))
    .option('--namespace <name>', 'namespace of the git server and the operator', MANIFEST_DEFAULTS.namespace)
    .option('--image <image>', 'image of both', `webspaces/webspaces:${program.version() ?? 'latest'}`)
    .option('--docker <urls>', 'Docker daemons that build: tcp://host:2376, several with commas')
    .option('--registry <address>', 'where images are kept: registry.example.com/webspaces')
    .addOption(
      new Option('--ssh-service <type>', 'how the SSH port is reached')
        .choices(SSH_SERVICES)
        .default(MANIFEST_DEFAULTS.sshService),
    )
    .option('--storage <size>', 'size of the volume of the repositories', MANIFEST_DEFAULTS.storage)
    .option('--storage-class <name>', "storage class of that volume; the cluster's default where left out")
    .option('--set <option=value>', 'another option of webspaces serve; may be repeated', parseSetting, {})
    .option('--kubernetes <version>', 'version of the cluster: 1.30; kubectl is asked where left out', parseKubernetes)
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ webspaces manifests --only crds | kubectl apply -f -\n' +
        '  $ webspaces manifests --docker tcp://builder:2375 --registry registry.example.com/webspaces\n',
    )
    .action(async (options: ManifestsCommandOptions) => {
      const { printManifests } = await import('../manifests/print.ts')
      await printManifests(options)
    })
}

function parseSetting(text: string, former: Readonly<Record<string, string>>): Record<string, string> {
  const [, option, value] = /^([a-z]+(?:-[a-z]+)*)=(.*)$/.exec(text) ?? []
  if (option === undefined || value === undefined) {
    throw new InvalidArgumentError('A setting is the name of an option, = and its value: ingress-class=nginx.')
  }
  return { ...former, [option]: value }
}

function parseKubernetes(text: string): number {
  const [, minor] = /^v?1\.([0-9]{1,3})(?:\.|$)/.exec(text) ?? []
  if (minor === undefined || Number(minor) < 20) {
    throw new InvalidArgumentError('A version of Kubernetes is 1.20 or newer.')
  }
  return Number(minor)
}
