import { kubectl } from './kubectl.ts'
import { Person } from './person.ts'
import { customerWithSites } from './resources.ts'
import { must } from './run.ts'

interface Applied {
  readonly kind: string
  readonly metadata: { readonly name: string }
}

/** What a test has given the cluster, and takes away when it ends. */
export class AppliedResources {
  readonly #applied = new Map<string, Applied>()

  async apply(...resources: readonly object[]): Promise<void> {
    await must(kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: resources })))
    for (const object of resources as readonly Applied[]) {
      this.#applied.set(`${object.kind}/${object.metadata.name}`, object)
    }
  }

  /** Needs a platform that runs: it holds a Webspace until its repository has been dealt with. */
  async remove(): Promise<void> {
    const deleted = ['Webspace', 'Runtime', 'Customer'].flatMap((kind) =>
      [...this.#applied.values()].filter((object) => object.kind === kind),
    )
    const names = deleted.map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    if (names.length > 0) await must(kubectl(['delete', '--ignore-not-found', '--timeout=60s', ...names]))
    this.#applied.clear()
  }

  /**
   * As {@link customerWithSites}, with one person.
   * @param folder for the person's keys and work trees
   */
  async customer(folder: string, name: string, webspaces: Readonly<Record<string, object>>): Promise<Person> {
    const person = await Person.create(folder, name)
    await this.apply(...customerWithSites(name, [person.publicKey], webspaces))
    return person
  }
}
