import { LOOPBACK, PORTS } from '../addresses.ts'
import { certificate, serviceAccountKey } from '../certificates.ts'
import { kubeconfig } from '../kubeconfigs.ts'
import { kubernetesProgram } from '../kubernetes/binaries.ts'
import type { Part } from '../part.ts'
import { answersHttp } from '../probe.ts'

export const controllerManager: Part = {
  name: 'controller-manager',
  command: [
    kubernetesProgram('kube-controller-manager'),
    `--kubeconfig=${kubeconfig('controller-manager')}`,
    '--leader-elect=false',
    // Each controller with its own role, as on a real cluster.
    '--use-service-account-credentials',
    // By default each controller has 20 a second, and hundreds of Deployments take minutes.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    `--service-account-private-key-file=${serviceAccountKey.private}`,
    // What pods are given to check the API server's certificate with.
    `--root-ca-file=${certificate('ca').file}`,
    `--bind-address=${LOOPBACK}`,
    `--secure-port=${PORTS.controllerManager}`,
    '--port=0',
    `--tls-cert-file=${certificate('server').file}`,
    `--tls-private-key-file=${certificate('server').key}`,
  ],
  isReady: () => answersHttp('https', PORTS.controllerManager, '/healthz'),
  seconds: 60,
}
