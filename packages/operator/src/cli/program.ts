import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { LOG_FORMATS, LOG_LEVELS } from '../system/log-options.ts'
import { addManifests } from './manifests.ts'
import { reclaimPolicyOption } from './reclaim-policy.ts'
import type { ApplyOptions } from './resources/apply.ts'
import type { DeleteOptions } from './resources/delete.ts'
import type { GetOptions } from './resources/get.ts'
import type { LogsOptions } from './resources/logs.ts'
import { addServe } from './serve/command.ts'
import type { UpOptions } from './up/up.ts'
import { parseCount, parseHost, parsePort } from './values.ts'

/** The command line. Each command's code is loaded when it runs, so that `get` does not pay for what `up` needs. */
export function createProgram(): Command {
  const program = new Command('webspaces')
    .description('Git-push hosting: push a site, get a URL.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', examples('webspaces up --demo', 'webspaces get webspaces', 'webspaces help up'))
  addUp(program)
  addApply(program)
  addGet(program)
  addDelete(program)
  addLogs(program)
  addServe(program)
  addManifests(program)
  return program
}

function addUp(program: Command): void {
  program
    .command('up')
    .description('Run the platform on this machine, until Ctrl-C.')
    .addOption(dirOption())
    .option('--host <address>', 'address to listen on', parseHost, '127.0.0.1')
    .option('--ssh-port <port>', 'port for git over SSH; 0 takes a free one', parsePort, 2222)
    .option('--http-port <port>', 'port for the sites; 0 takes a free one', parsePort, 8080)
    .addOption(reclaimPolicyOption())
    .option('--demo', 'add a customer and example sites, and push them')
    .addOption(new Option('--log-level <level>', 'least severe messages to log').choices(LOG_LEVELS).default('info'))
    .addOption(new Option('--log-format <format>', 'how to log to standard error').choices(LOG_FORMATS).default('text'))
    .addHelpText('after', examples('webspaces up --demo', 'webspaces up --dir ~/sites --ssh-port 0 --http-port 0'))
    .action(async (options: UpOptions) => {
      const { up } = await import('./up/up.ts')
      await up(options)
    })
}

function addApply(program: Command): void {
  program
    .command('apply')
    .description('Create or change resources as files say: YAML of one or more documents, or JSON.')
    .requiredOption('-f, --filename <file>', 'file to read; - for standard input; may be repeated', collect)
    .addOption(dirOption())
    .addHelpText('after', examples('webspaces apply -f blog.yaml', 'cat *.yaml | webspaces apply -f -'))
    .action(async (options: ApplyOptions) => {
      const { apply } = await import('./resources/apply.ts')
      await apply(options)
    })
}

function addGet(program: Command): void {
  program
    .command('get')
    .description('Show resources: customers (cust), runtimes (rt), webspaces (ws), releases (rel).')
    .argument('<kind>', 'kind of resource: plural, singular or short name')
    .argument('[name]', 'name of one resource; all where left out')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['wide', 'json', 'yaml']))
    .addOption(dirOption())
    .addHelpText('after', examples('webspaces get ws', 'webspaces get ws blog -o wide', 'webspaces get cust -o yaml'))
    .action(async (kind: string, name: string | undefined, options: GetOptions) => {
      const { get } = await import('./resources/get.ts')
      await get(kind, name, options)
    })
}

function addDelete(program: Command): void {
  program
    .command('delete')
    .description(
      'Delete a resource, with all that belongs to it; a Webspace with its repository, unless that is retained.',
    )
    .argument('<kind>', 'kind of resource: plural, singular or short name')
    .argument('<name>', 'name of the resource')
    .addOption(dirOption())
    .addHelpText('after', examples('webspaces delete webspace blog'))
    .action(async (kind: string, name: string, options: DeleteOptions) => {
      const { deleteResource } = await import('./resources/delete.ts')
      await deleteResource(kind, name, options)
    })
}

function addLogs(program: Command): void {
  program
    .command('logs')
    .description('Show what the processes of a Webspace write.')
    .argument('<name>', 'name of the Webspace')
    .option('-f, --follow', 'go on with new lines until Ctrl-C')
    .option('--branch <branch>', 'a preview branch; the production branch where left out')
    .option('--tail <lines>', 'how many of the last lines to begin with', parseCount, 200)
    .addOption(dirOption())
    .addHelpText('after', examples('webspaces logs blog -f', 'webspaces logs blog --branch feature/x --tail 20'))
    .action(async (name: string, options: LogsOptions) => {
      const { logs } = await import('./resources/logs.ts')
      await logs(name, options)
    })
}

function dirOption(): Option {
  return new Option('--dir <folder>', 'folder of the platform').default('.webspaces').env('WEBSPACES_DIR')
}

function collect(value: string, former: readonly string[] = []): string[] {
  return [...former, value]
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
