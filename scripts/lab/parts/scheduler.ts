import { LOOPBACK, PORTS } from '../addresses.ts'
import { certificate } from '../certificates.ts'
import { kubeconfig } from '../kubeconfigs.ts'
import { kubernetesProgram } from '../kubernetes/binaries.ts'
import type { Part } from '../part.ts'
import { answersHttp } from '../probe.ts'

export const scheduler: Part = {
  name: 'scheduler',
  command: [
    kubernetesProgram('kube-scheduler'),
    `--kubeconfig=${kubeconfig('scheduler')}`,
    '--leader-elect=false',
    `--bind-address=${LOOPBACK}`,
    `--secure-port=${PORTS.scheduler}`,
    '--port=0',
    `--tls-cert-file=${certificate('server').file}`,
    `--tls-private-key-file=${certificate('server').key}`,
  ],
  isReady: () => answersHttp('https', PORTS.scheduler, '/healthz'),
  seconds: 60,
}
