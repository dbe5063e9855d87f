import { Gauge, type Registry } from 'prom-client'
import type { Leadership } from '../controller/leadership.ts'

/** Whether this process leads, under the name that client-go has for it. */
export function leaderMetrics(registry: Registry, lease: string, leadership: Leadership): void {
  new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this process leads: 1 if so, 0 if it stands by.',
    labelNames: ['name'],
    registers: [registry],
    collect() {
      this.set({ name: lease }, leadership.leading ? 1 : 0)
    },
  })
}
