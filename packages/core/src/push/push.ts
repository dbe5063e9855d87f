import { inject, injectable } from '../plugin/injection.ts'
import type { IncomingPush, PushIo, PushReceipt, PushReceiver } from '../contracts/push.ts'
import type { ResourceCaches } from '../cache/resource-caches.ts'
import { RESOURCE_CACHES } from '../plugin/tokens.ts'

@injectable()
export class PushRules implements PushReceiver {
  constructor(@inject(RESOURCE_CACHES) _caches: ResourceCaches) {}
  receive(_push: IncomingPush, _io: PushIo): Promise<PushReceipt> {
    throw new Error('being written')
  }
}
