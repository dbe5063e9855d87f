import { z } from 'zod'
import { coreError } from '../errors/catalogue.ts'
import { RESOURCE_KINDS } from '../resources/kinds.ts'
import type { Kind, KubernetesObject, ObjectKey } from '../resources/object.ts'
import { invalid } from '../resources/resource.ts'
import { deepFreeze, plainJson } from './json.ts'
import { kindId } from './kinds.ts'

const SCHEMAS = new Map(RESOURCE_KINDS.map((kind) => [kindId(kind), kind]))

// Kubernetes' own rules: RFC 1123 subdomains and labels; label keys and values.
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
const QUALIFIED_NAME = /^([a-z0-9][-a-z0-9.]{0,252}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

const name = z.string().max(253).regex(SUBDOMAIN, 'must be a DNS name in lower case')
const namespace = z.string().max(63).regex(DNS_LABEL, 'must be a DNS label in lower case')
const qualifiedName = z.string().regex(QUALIFIED_NAME, 'must be [prefix/]name of letters, digits, - _ and .')

const metadata = z.strictObject({
  name,
  namespace: namespace.optional(),
  labels: z
    .record(qualifiedName, z.string().regex(LABEL_VALUE, 'must be at most 63 letters, digits, - _ and .'))
    .optional(),
  annotations: z.record(qualifiedName, z.string()).optional(),
  ownerReferences: z
    .array(
      z.strictObject({
        apiVersion: z.string().min(1),
        kind: z.string().min(1),
        name: z.string().min(1),
        uid: z.string().min(1),
        controller: z.boolean().optional(),
        blockOwnerDeletion: z.boolean().optional(),
      }),
    )
    .optional(),
  finalizers: z.array(qualifiedName).optional(),

  // Ours to write; whatever a caller gives here is not taken over.
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.number().optional(),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().nullish(),
  deletionGracePeriodSeconds: z.number().nullish(),
  selfLink: z.string().optional(),
  managedFields: z.array(z.unknown()).optional(),
})

const envelope = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata })

/**
 * Checks that an object is one of the kind, and that the kind's schema takes it where it is one of ours; fills in
 * defaults. The result is a frozen copy.
 * @throws WS_INVALID naming the fields at fault.
 */
export function admit<T extends KubernetesObject>(kind: Kind<T>, object: unknown): T {
  const copy = admitEnvelope(kind, object)
  return deepFreeze((SCHEMAS.get(kindId(kind))?.parse(copy) ?? copy) as T)
}

/** The same for an object that is still to be completed from what is stored: all but the kind's own schema. */
export function admitEnvelope<T extends KubernetesObject>(kind: Kind<T>, object: unknown): T {
  const copy = plainJson(object)
  const result = envelope.safeParse(copy)
  if (!result.success) throw invalid(kind.kind, copy, result.error)
  const given = result.data
  if (given.apiVersion !== kind.apiVersion) throw mismatch(kind, 'apiVersion', `must be ${kind.apiVersion}`)
  if (given.kind !== kind.kind) throw mismatch(kind, 'kind', `must be ${kind.kind}`)
  if (kind.namespaced && given.metadata.namespace === undefined) {
    throw mismatch(kind, 'metadata.namespace', 'must be given')
  }
  if (!kind.namespaced && given.metadata.namespace !== undefined) {
    throw mismatch(kind, 'metadata.namespace', 'must not be given: the resource is cluster-scoped')
  }
  return copy as unknown as T
}

/** Whether an object of the kind can have this key at all. What cannot exist can be answered without a look. */
export function isPossibleKey(kind: Kind, key: ObjectKey): boolean {
  return (
    name.safeParse(key.name).success &&
    (kind.namespaced ? namespace.safeParse(key.namespace).success : key.namespace === undefined)
  )
}

function mismatch(kind: Kind, field: string, problem: string): Error {
  return coreError('WS_INVALID', `${kind.kind}: ${field}: ${problem}`, { details: { fields: [field] } })
}
