/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  /** kubectl's JSONPath; of several results the first is shown. */
  readonly jsonPath: string
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: 0 | 1
  readonly description: string
}

const READY = column('Ready', condition('status'), 'Whether it is as its spec says.')
const REASON = wide('Reason', condition('reason'), 'Why it is ready or not.')
const AGE = column('Age', '.metadata.creationTimestamp', 'When it was made.', 'date')

/** After the name, which kubectl puts first. */
export const PRINTER_COLUMNS: Readonly<Record<string, readonly PrinterColumn[]>> = {
  Customer: [
    column('Customer', '.spec.name', 'Name of the person or organisation.'),
    column('Email', '.spec.email', 'Where to reach the customer.'),
    READY,
    AGE,
    REASON,
    wide('Namespace', '.status.namespace', "Where the customer's sites run."),
  ],
  Runtime: [
    column('Plugin', '.spec.plugin', 'The Runtime plugin that it stands on.'),
    READY,
    AGE,
    REASON,
    wide('Port', '.spec.port', 'The port that sites listen on.', 'integer'),
  ],
  Webspace: [
    column('Customer', '.spec.customer', 'Whose it is.'),
    column('Runtime', '.spec.runtime', 'What builds it.'),
    column('URL', '.status.url', 'Where the production branch is served.'),
    column('Replicas', '.spec.replicas', 'Wanted replicas of the production branch.', 'integer'),
    column('Answering', '.status.readyReplicas', 'Replicas of the production branch that answer.', 'integer'),
    column('Release', '.status.branches[?(@.production==true)].release', 'The Release of the production branch.'),
    READY,
    AGE,
    REASON,
    wide('Clone-URL', '.status.cloneUrl', 'What git clone takes.'),
  ],
  Release: [
    column('Webspace', '.spec.webspace', 'The Webspace that it is a release of.'),
    column('Branch', '.spec.branch', 'The branch that it was made from.'),
    column('Phase', '.status.phase', 'Whether the ref has moved to it.'),
    column('Rollout', '.status.rollout.phase', 'How far its rollout is.'),
    AGE,
    wide('Commit', '.spec.commit', 'The commit that it was built from.'),
    wide('Source', '.spec.source', 'What it was made by.'),
    wide('Author', '.spec.author', 'Who made it.'),
    wide('Message', '.spec.message', "First line of the commit's message."),
  ],
}

function column(
  name: string,
  jsonPath: string,
  description: string,
  type: PrinterColumn['type'] = 'string',
): PrinterColumn {
  return { name, type, jsonPath, priority: 0, description }
}

function wide(...of: Parameters<typeof column>): PrinterColumn {
  return { ...column(...of), priority: 1 }
}

function condition(field: 'status' | 'reason'): string {
  return `.status.conditions[?(@.type=="Ready")].${field}`
}
