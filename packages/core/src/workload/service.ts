import { PORT_NAME } from './deployment.ts'
import { Service } from './objects.ts'
import type { BranchWorkload } from './workload.ts'

export function service(branch: BranchWorkload): Service {
  return {
    apiVersion: Service.apiVersion,
    kind: Service.kind,
    metadata: branch.metadata,
    spec: {
      selector: branch.selector,
      ports: [{ name: PORT_NAME, port: 80, targetPort: PORT_NAME, protocol: 'TCP' }],
    },
  }
}
