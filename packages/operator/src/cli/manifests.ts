import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { FIXED_OPTIONS, MANIFEST_DEFAULTS, PARTS, SSH_SERVICES } from '../manifests/options.ts'
import type { PrintOptions } from '../manifests/print.ts'
import { RepeatableOption, serveOptions } from './serve/options.ts'

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
    .action(async (options: PrintOptions) => {
      const { printManifests } = await import('../manifests/print.ts')
      await printManifests(options)
    })
}

/** A value is that of the variable: a repeatable option has one a line, or is set several times. */
function parseSetting(text: string, former: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([a-z]+(?:-[a-z]+)*)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('A setting is the name of an option, = and its value: ingress-class=nginx.')
  }
  if (FIXED_OPTIONS.some((fixed) => fixed === name)) {
    throw new InvalidArgumentError(`The manifests give --${name} to the pods themselves.`)
  }
  const options = serveOptions()
  tryOn(options, name, value)
  const repeatable = options.some((option) => option.name() === name && option instanceof RepeatableOption)
  const lines = repeatable && former[name] !== undefined ? `${former[name]}\n${value}` : value
  return { ...former, [name]: lines }
}

/** Has `serve` read the setting as it would in the pod: a name or a value that is wrong shows here, and not there. */
function tryOn(options: readonly Option[], name: string, value: string): void {
  const serve = new Command()
    .helpOption(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  for (const option of options) serve.addOption(option)
  try {
    serve.parse([`--${name}`, value], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Under a code of our own, as commander would put its words around another error of its own.
    const problem = error.message.replace(/^error: /, '')
    throw new CommanderError(error.exitCode, 'webspaces.setting', `error: --set: webspaces serve: ${problem}`)
  }
}

function parseKubernetes(text: string): number {
  const [, minor] = /^v?1\.([0-9]{1,3})(?:\.|$)/.exec(text) ?? []
  if (minor === undefined || Number(minor) < 20) {
    throw new InvalidArgumentError('A version of Kubernetes is 1.20 or newer.')
  }
  return Number(minor)
}
