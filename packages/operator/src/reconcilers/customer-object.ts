import { Label, MANAGER, namespaceOf, ownerReference, type Customer, type ObjectMeta } from '@webspaces/core'

/** Name of what each customer's namespace has one of. */
const NAME = 'webspaces'

/** Metadata of an object that bounds a customer's namespace, and goes with the Customer. */
export function customerObjectMeta(customer: Customer): ObjectMeta & { readonly namespace: string } {
  const { name } = customer.metadata
  return {
    name: NAME,
    namespace: namespaceOf(name),
    labels: { [Label.managedBy]: MANAGER, [Label.customer]: name },
    ownerReferences: [ownerReference(customer)],
  }
}
