import { LOOPBACK, NODE_NAME, POD_NETWORK, PORTS } from '../addresses.ts'
import { kubeconfig } from '../kubeconfigs.ts'
import { kubernetesProgram } from '../kubernetes/binaries.ts'
import type { Part } from '../part.ts'
import { answersHttp } from '../probe.ts'

export const proxy: Part = {
  name: 'proxy',
  command: [
    kubernetesProgram('kube-proxy'),
    `--kubeconfig=${kubeconfig('proxy')}`,
    `--hostname-override=${NODE_NAME}`,
    '--proxy-mode=iptables',
    `--cluster-cidr=${POD_NETWORK}`,
    // Leaves the machine's limits as they are.
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0s',
    '--conntrack-tcp-timeout-close-wait=0s',
    // Two pods on one bridge would answer each other directly, and past the rules that translate a Service's address.
    '--masquerade-all',
    '--oom-score-adj=0',
    `--healthz-bind-address=${LOOPBACK}:${PORTS.proxyHealth}`,
    `--metrics-bind-address=${LOOPBACK}:${PORTS.proxyMetrics}`,
  ],
  isReady: () => answersHttp('http', PORTS.proxyHealth, '/healthz'),
  seconds: 60,
}
