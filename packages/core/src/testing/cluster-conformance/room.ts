import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, WatchOptions } from '../../contracts/cluster.ts'
import { hasCode, type ErrorCode } from '../../errors/error.ts'
import { Customer } from '../../resources/customer.ts'
import { API_VERSION } from '../../resources/fields.ts'
import type { Kind, KubernetesObject, ObjectMeta } from '../../resources/object.ts'
import { RuntimeResource } from '../../resources/runtime.ts'
import { Webspace } from '../../resources/webspace.ts'
import { Namespace, Service } from '../../workload/objects.ts'
import { WatchRecorder } from './watch-recorder.ts'

export interface ClusterUnderTest {
  readonly cluster: Cluster
  /** Ends this Cluster without warning, as far as that can be done, and opens another on the same storage. */
  readonly reopen?: () => Promise<Cluster>
  readonly close: () => Promise<void>
}

export type Cases = Readonly<Record<string, (room: Room) => Promise<void>>>

/** What one test works in: names that no other test has, and objects that every Cluster takes. */
export class Room {
  cluster: Cluster
  readonly id = `t${randomBytes(5).toString('hex')}`
  readonly #subject: ClusterUnderTest
  readonly #end = new AbortController()

  constructor(subject: ClusterUnderTest) {
    this.cluster = subject.cluster
    this.#subject = subject
  }

  name(suffix: string): string {
    return `${this.id}-${suffix}`
  }

  /** A label that tells this test's objects from others'. */
  get label(): Readonly<Record<string, string>> {
    return { 'conformance.webspaces.dev/test': this.id }
  }

  customer(suffix: string, spec: Partial<Customer['spec']> = {}, metadata: Partial<ObjectMeta> = {}): Customer {
    return {
      apiVersion: API_VERSION,
      kind: Customer.kind,
      metadata: { name: this.name(suffix), labels: this.label, ...metadata },
      spec: { name: suffix, email: `${suffix}@example.com`, ...spec } as Customer['spec'],
    }
  }

  webspace(suffix: string, spec: Partial<Webspace['spec']> = {}, metadata: Partial<ObjectMeta> = {}): Webspace {
    return {
      apiVersion: API_VERSION,
      kind: Webspace.kind,
      metadata: { name: this.name(suffix), labels: this.label, ...metadata },
      spec: { customer: this.name('owner'), runtime: 'node', ...spec } as Webspace['spec'],
    }
  }

  runtime(suffix: string, spec: Partial<RuntimeResource['spec']> = {}): RuntimeResource {
    return {
      apiVersion: API_VERSION,
      kind: RuntimeResource.kind,
      metadata: { name: this.name(suffix), labels: this.label },
      spec: spec as RuntimeResource['spec'],
    }
  }

  async namespace(suffix: string): Promise<string> {
    const name = this.name(suffix)
    await this.cluster.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    return name
  }

  service(namespace: string, name: string, metadata: Partial<ObjectMeta> = {}): Service {
    return {
      apiVersion: 'v1',
      kind: Service.kind,
      metadata: { name, namespace, labels: this.label, ...metadata },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }] },
    }
  }

  watch<T extends KubernetesObject>(kind: Kind<T>, options: Omit<WatchOptions, 'signal'> = {}): WatchRecorder<T> {
    return new WatchRecorder(this.cluster, kind, { labels: this.label, ...options, signal: this.#end.signal })
  }

  async reopen(): Promise<void> {
    assert.ok(this.#subject.reopen, '`make` gave no `reopen`')
    this.cluster = await this.#subject.reopen()
  }

  leave(): void {
    this.#end.abort()
  }
}

/** Passes when the call is refused with this code, and returns the error for a closer look. */
export async function refusal(call: Promise<unknown>, code: ErrorCode): Promise<Error> {
  try {
    await call
  } catch (error) {
    assert.ok(hasCode(error, code), `refused with ${code}, not: ${String(error)}`)
    return error
  }
  throw new assert.AssertionError({ message: `was not refused with ${code}` })
}

/** Waits until the check passes. Generous: it only ends a test that hangs. */
export async function eventually(check: () => Promise<void>, patienceMs = 15_000): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      await check()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(20)
    }
  }
}
