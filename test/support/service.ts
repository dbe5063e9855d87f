import { eventually } from './eventually.ts'
import { get } from './http.ts'
import { getObject } from './kubectl.ts'
import { Visitor, type VisitorOptions } from './visitor.ts'

/**
 * Asks a customer's Service, at its address in the cluster, until the page has this text. The nodes lead to new pods a
 * moment after these are ready, which is when a push ends, and half a minute after that where the API server was away.
 */
export async function serves(customerName: string, service: string, text: string, path = '/'): Promise<void> {
  const address = await addressOf(customerName, service)
  await eventually(
    () => get({ address, port: 80, path }).then(({ body }) => body, String),
    (page) => page.includes(text),
    90_000,
  )
}

/** Somebody who visits a customer's Service at its address in the cluster, from now on. */
export async function visit(customerName: string, service: string, options: VisitorOptions = {}): Promise<Visitor> {
  const address = await addressOf(customerName, service)
  return new Visitor((agent) => get({ address, port: 80, agent }), options)
}

export async function addressOf(customerName: string, service: string): Promise<string> {
  const { spec } = await getObject<{ readonly spec: { readonly clusterIP: string } }>(
    'service',
    service,
    `--namespace=customer-${customerName}`,
  )
  return spec.clusterIP
}
