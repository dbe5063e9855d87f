import { BRIDGE_ADDRESS, PORTS, SERVICE_NETWORK } from '../addresses.ts'
import { certificate, serviceAccountKey } from '../certificates.ts'
import { tokenFile } from '../kubeconfigs.ts'
import { kubernetesProgram } from '../kubernetes/binaries.ts'
import type { Part } from '../part.ts'
import { answersHttp } from '../probe.ts'
import { etcdUrl } from './etcd.ts'

export const apiServer: Part = {
  name: 'apiserver',
  command: [
    kubernetesProgram('kube-apiserver'),
    `--etcd-servers=${etcdUrl}`,
    // On loopback for the tests, and on the bridge for pods, which are told the advertised address.
    '--bind-address=0.0.0.0',
    `--advertise-address=${BRIDGE_ADDRESS}`,
    `--secure-port=${PORTS.apiServer}`,
    `--service-cluster-ip-range=${SERVICE_NETWORK}`,
    `--tls-cert-file=${certificate('server').file}`,
    `--tls-private-key-file=${certificate('server').key}`,
    `--client-ca-file=${certificate('ca').file}`,
    `--token-auth-file=${tokenFile}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${serviceAccountKey.public}`,
    `--service-account-signing-key-file=${serviceAccountKey.private}`,
    // By the node's name, which nothing here resolves, `kubectl logs` and `exec` would fail.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${certificate('client').file}`,
    `--kubelet-client-key=${certificate('client').key}`,
  ],
  isReady: () => answersHttp('https', PORTS.apiServer, '/readyz'),
  seconds: 90,
}
