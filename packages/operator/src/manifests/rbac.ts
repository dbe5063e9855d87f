import { API_VERSION, RESOURCE_KINDS } from '@webspaces/core'
import { COMMON_LABELS, labelsOf, nameOf, type Component, type ManifestObject } from './object.ts'
import type { ManifestOptions } from './options.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const API_GROUP = 'rbac.authorization.k8s.io'
const OURS = API_VERSION.slice(0, API_VERSION.indexOf('/'))
const ALL_KINDS = RESOURCE_KINDS.map(({ plural }) => plural)

/** What is kept in memory is never asked for one by one. */
const FOLLOW = ['list', 'watch']
const READ = ['get', ...FOLLOW]
/** Server-side apply is a patch, and a creation where there is nothing yet. */
const APPLY = ['create', 'patch']

/** Each component reads all four resources into memory. */
const READ_RESOURCES = rule(OURS, ALL_KINDS, READ)

/**
 * What each component does, and nothing else. Whoever makes an object that holds its owner (`blockOwnerDeletion`) needs
 * `update` on the owner's finalizers, where the admission plugin OwnerReferencesPermissionEnforcement is on.
 */
const CLUSTER_RULES: Readonly<Record<Component, readonly Rule[]>> = {
  git: [
    READ_RESOURCES,
    // The finalizer that keeps a Webspace until its repository has been dealt with.
    rule(OURS, ['webspaces'], ['patch']),
    // A push makes a Release, takes it back if git refuses the ref, and sets its phase.
    rule(OURS, ['releases'], ['create', 'delete']),
    rule(OURS, ['releases/status'], ['patch']),
    rule(OURS, ['webspaces/finalizers'], ['update']),
  ],
  operator: [
    READ_RESOURCES,
    rule(OURS, ['customers/status', 'runtimes/status', 'webspaces/status', 'releases/status'], ['patch']),
    // One for each change of the environment; those beyond the history go.
    rule(OURS, ['releases'], ['create', 'delete']),
    rule(OURS, ['customers/finalizers', 'webspaces/finalizers'], ['update']),
    // A customer's namespace goes with the Customer, by its owner reference: nothing here deletes one. One that is there
    // already may be somebody else's, and is looked at first.
    rule('', ['namespaces'], [...READ, ...APPLY]),
    rule('', ['services', 'resourcequotas', 'limitranges'], [...FOLLOW, ...APPLY, 'delete']),
    rule('apps', ['deployments'], [...FOLLOW, ...APPLY, 'delete']),
    rule('networking.k8s.io', ['ingresses', 'networkpolicies'], [...FOLLOW, ...APPLY, 'delete']),
    // Why a site does not start, and the last lines that it wrote.
    rule('', ['pods'], FOLLOW),
    rule('', ['pods/log'], ['get']),
    rule('', ['events'], APPLY),
  ],
}

/** Leader election, in the operator's own namespace. */
const LEASES = [rule('coordination.k8s.io', ['leases'], ['get', ...APPLY])]

/** The namespace, and who may do what. */
export function rbac({ namespace }: ManifestOptions): ManifestObject[] {
  return [
    namespaceObject(namespace),
    ...(['git', 'operator'] as const).flatMap((component) => [
      serviceAccount(component, namespace),
      role('ClusterRole', component, CLUSTER_RULES[component]),
      binding('ClusterRole', component, namespace),
    ]),
    role('Role', 'operator', LEASES, namespace),
    binding('Role', 'operator', namespace),
  ]
}

function namespaceObject(name: string): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      // Everything in it keeps to the strictest of the Pod Security Standards; older servers do not look at the label.
      labels: { ...COMMON_LABELS, 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  }
}

function serviceAccount(component: Component, namespace: string): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: nameOf(component), namespace, labels: labelsOf(component) },
    // Only the pods that say so get its token.
    automountServiceAccountToken: false,
  }
}

function role(
  kind: 'Role' | 'ClusterRole',
  component: Component,
  rules: readonly Rule[],
  namespace?: string,
): ManifestObject {
  return { apiVersion: `${API_GROUP}/v1`, kind, metadata: metadataOf(component, namespace), rules }
}

function binding(kind: 'Role' | 'ClusterRole', component: Component, namespace: string): ManifestObject {
  const name = nameOf(component)
  return {
    apiVersion: `${API_GROUP}/v1`,
    kind: `${kind}Binding`,
    metadata: metadataOf(component, kind === 'Role' ? namespace : undefined),
    roleRef: { apiGroup: API_GROUP, kind, name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  }
}

function metadataOf(component: Component, namespace: string | undefined): ManifestObject['metadata'] {
  return { name: nameOf(component), ...(namespace === undefined ? {} : { namespace }), labels: labelsOf(component) }
}

function rule(apiGroup: string, resources: readonly string[], verbs: readonly string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs }
}
