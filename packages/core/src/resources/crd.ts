import { PRINTER_COLUMNS, type PrinterColumn } from './crd-columns.ts'
import { structuralSchema, type StructuralSchema } from './crd-schema.ts'
import { STATUS_SCHEMAS } from './crd-status.ts'
import { API_VERSION } from './fields.ts'
import type { KubernetesObject } from './object.ts'
import type { ResourceKind } from './resource.ts'
import { Webspace } from './webspace.ts'

/** apiextensions.k8s.io/v1; the fields that are used here. */
export interface CustomResourceDefinition extends KubernetesObject {
  readonly spec: {
    readonly group: string
    readonly scope: 'Cluster' | 'Namespaced'
    readonly names: {
      readonly kind: string
      readonly listKind: string
      readonly plural: string
      readonly singular: string
      readonly shortNames: readonly string[]
      readonly categories: readonly string[]
    }
    readonly versions: readonly CustomResourceVersion[]
  }
}

export interface CustomResourceVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly additionalPrinterColumns: readonly PrinterColumn[]
  readonly subresources: {
    readonly status: Readonly<Record<string, never>>
    readonly scale?: {
      readonly specReplicasPath: string
      readonly statusReplicasPath: string
      readonly labelSelectorPath: string
    }
  }
  readonly schema: { readonly openAPIV3Schema: StructuralSchema }
}

const [GROUP = '', VERSION = ''] = API_VERSION.split('/')

/**
 * All four kinds at once: `kubectl get webspaces-dev`. Not `webspaces`: kubectl takes a category before a plural, and
 * `kubectl delete webspaces --all` would delete the Customers with them.
 */
const CATEGORY = 'webspaces-dev'

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  Customer: 'A person or organisation, and the keys that prove who is pushing.',
  Runtime: 'How sites of one stack are built: an installed plugin, a Dockerfile template, or both.',
  Webspace: 'A site: a git repository, its production branch at its own host, and a preview for every other branch.',
  Release: 'One accepted state of one branch, written by Webspaces and never changed afterwards.',
}

/**
 * The definition that teaches a kind to an API server, from the kind's schemas. Installs on Kubernetes 1.20 and newer,
 * which is why it has no CEL: what a pattern cannot say, the reconcilers check and tell as a condition.
 */
export function customResourceDefinition(kind: ResourceKind): CustomResourceDefinition {
  const singular = kind.kind.toLowerCase()
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular,
        shortNames: kind.shortNames,
        categories: [CATEGORY],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          additionalPrinterColumns: PRINTER_COLUMNS[kind.kind] ?? [],
          subresources: { status: {}, ...(kind.kind === Webspace.kind ? { scale: SCALE } : {}) },
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  }
}

/** What `kubectl scale` and a HorizontalPodAutoscaler read and write. */
const SCALE = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
} as const

function objectSchema(kind: ResourceKind): StructuralSchema {
  const status = STATUS_SCHEMAS[kind.kind]
  return {
    description: DESCRIPTIONS[kind.kind] ?? '',
    type: 'object',
    required: ['spec'],
    properties: {
      // The server knows these three; of the name it is told what Webspaces takes.
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object', properties: { name: structuralSchema(kind.nameSchema) } },
      spec: { ...structuralSchema(kind.specSchema), description: `What is wanted of the ${kind.kind}.` },
      ...(status === undefined
        ? {}
        : { status: { ...structuralSchema(status), description: `What Webspaces has made of the ${kind.kind}.` } }),
    },
  }
}
