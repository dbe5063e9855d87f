import { FolderLogs } from '@webspaces/local'
import { coreError, deploymentKeyOf, Webspace } from '@webspaces/core'
import { printable } from '../../system/printable.ts'
import { openCluster } from './folder.ts'

export interface LogsOptions {
  readonly dir: string
  readonly follow?: boolean
  readonly branch?: string
  readonly tail: number
}

/** `webspaces logs`: what the processes of one branch wrote and, with `-f`, write until Ctrl-C. */
export async function logs(name: string, { dir, follow = false, branch, tail }: LogsOptions): Promise<void> {
  const cluster = await openCluster(dir)
  const webspace = await cluster.get(Webspace, { name })
  const { spec, status } = webspace
  if (
    branch !== undefined &&
    branch !== spec.branch &&
    status?.branches?.some((known) => known.branch === branch) !== true
  ) {
    throw coreError('WS_NOT_FOUND', `webspace ${JSON.stringify(name)} has no branch ${JSON.stringify(branch)}`, {
      remedy: `\`webspaces get webspace ${name} -o wide\` lists its branches.`,
    })
  }
  const { namespace, name: deployment } = deploymentKeyOf(webspace, branch ?? spec.branch)
  const query = { namespace, deployment, tail, follow }
  // Nothing to abort: Ctrl-C ends this process, which has nothing to clean up.
  for await (const { text } of new FolderLogs(dir).lines(query, new AbortController().signal)) {
    process.stdout.write(`${process.stdout.isTTY ? forTerminal(text) : text}\n`)
  }
}

// eslint-disable-next-line no-control-regex -- the escape character is what this is about
const COLOUR = /(\u001b\[[0-9;]{0,20}m)/

/** A site may write in colours, and must not do anything else to the reader's terminal. */
function forTerminal(text: string): string {
  return text
    .split(COLOUR)
    .map((part) => (COLOUR.test(part) ? part : part.split('\t').map(printable).join('\t')))
    .join('')
}
