import {
  admit,
  admitEnvelope,
  coreError,
  invalid,
  kindId,
  RESOURCE_KINDS,
  type Kind,
  type KubernetesObject,
  type MergePatch,
  type ObjectMeta,
} from '@webspaces/core'

// What is sent to the API server: the caller's part of an object, and our own kinds only if their schema takes it. The
// server checks as well, but it does not name a field as we do, and drops fields that it does not know without a word.

const SCHEMAS = new Map(RESOURCE_KINDS.map((kind) => [kindId(kind), kind.specSchema]))

/** @throws WS_INVALID naming the fields at fault */
export function forCreate<T extends KubernetesObject>(kind: Kind<T>, object: T): object {
  return callersPart(admit(kind, object))
}

/**
 * An apply may leave out what others have given, and must leave out defaults: it would own them. So it is checked without
 * being completed, and what is missing is for the server to find.
 * @throws WS_INVALID
 */
export function forApply<T extends KubernetesObject>(kind: Kind<T>, object: T): object {
  const given = admitEnvelope(kind, object)
  checkGiven(kind, given, given)
  const { resourceVersion } = given.metadata
  const own = callersPart(given)
  if (resourceVersion === undefined) return own
  return { ...own, metadata: { ...own.metadata, resourceVersion } }
}

/** @throws WS_INVALID */
export function forPatch(kind: Kind, name: string, { status: _status, ...patch }: MergePatch): MergePatch {
  const { metadata } = patch as { metadata?: Partial<ObjectMeta> }
  if (metadata?.name !== undefined && metadata.name !== name) {
    throw coreError('WS_INVALID', `${kind.kind} ${JSON.stringify(name)}: metadata.name: cannot be changed`, {
      details: { fields: ['metadata.name'] },
    })
  }
  checkGiven(kind, { metadata: { name } }, patch)
  return patch
}

/** Checks the fields of a spec that are there; null removes one in a patch and is nothing to check. */
function checkGiven(kind: Kind, subject: unknown, object: object): void {
  const schema = SCHEMAS.get(kindId(kind))
  if (schema === undefined || !('spec' in object)) return
  const result = schema.safeParse(object.spec)
  if (result.success) return
  const issues = result.error.issues
    .filter(({ path }) => !isAbsent(object.spec, path))
    .map((issue) => ({ ...issue, path: ['spec', ...issue.path] }))
  if (issues.length > 0) throw invalid(kind.kind, subject, { issues })
}

function isAbsent(value: unknown, path: readonly PropertyKey[]): boolean {
  let at = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return true
    at = (at as Record<PropertyKey, unknown>)[key]
  }
  return at === undefined || at === null
}

/** Without what only the server writes: it would refuse some of it, and take some of it for a condition. */
function callersPart(object: KubernetesObject): KubernetesObject {
  const { status: _status, ...rest } = object as KubernetesObject & { status?: unknown }
  const { name, namespace, labels, annotations, ownerReferences, finalizers } = object.metadata
  const metadata = { name, namespace, labels, annotations, ownerReferences, finalizers }
  return { ...rest, metadata }
}
