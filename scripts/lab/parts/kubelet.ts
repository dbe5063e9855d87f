import { resolve } from 'node:path'
import { BRIDGE_ADDRESS, NODE_NAME, PORTS } from '../addresses.ts'
import { certificate } from '../certificates.ts'
import { CGROUP, makeCgroup } from '../machine/cgroups.ts'
import { PAUSE_IMAGE } from '../images/names.ts'
import { kubeconfig } from '../kubeconfigs.ts'
import { kubernetesProgram } from '../kubernetes/binaries.ts'
import type { Part } from '../part.ts'
import { partFolder } from '../paths.ts'
import { answersHttp } from '../probe.ts'
import { dockerd, socketOf } from './dockerd.ts'

const folder = partFolder('kubelet')

export const kubelet: Part = {
  name: 'kubelet',
  command: [
    kubernetesProgram('kubelet'),
    `--kubeconfig=${kubeconfig('kubelet')}`,
    `--hostname-override=${NODE_NAME}`,
    `--root-dir=${folder}`,
    `--volume-plugin-dir=${resolve(folder, 'volume-plugins')}`,
    `--experimental-dockershim-root-directory=${resolve(folder, 'dockershim')}`,
    `--container-runtime-endpoint=unix://${resolve(folder, 'dockershim.sock')}`,
    // The shim that Kubernetes had for Docker until 1.24. Its pods are on the daemon's bridge, so that no CNI is needed.
    '--container-runtime=docker',
    `--docker-endpoint=${socketOf(dockerd.name)}`,
    `--pod-infra-container-image=${PAUSE_IMAGE}`,
    '--cgroup-driver=cgroupfs',
    `--cgroup-root=${CGROUP}`,
    '--enforce-node-allocatable=',
    '--fail-swap-on=false',
    '--oom-score-adj=0',
    // The first report is always "not ready", and the next one comes after this time.
    '--node-status-update-frequency=2s',
    // A full disk is the machine's owner's affair, and base images are not to be collected as garbage.
    '--eviction-hard=',
    '--image-gc-high-threshold=100',
    `--node-ip=${BRIDGE_ADDRESS}`,
    `--address=${BRIDGE_ADDRESS}`,
    `--port=${PORTS.kubelet}`,
    '--read-only-port=0',
    `--healthz-port=${PORTS.kubeletHealth}`,
    // Pods can reach this port: without these any of them could run commands in any other.
    '--anonymous-auth=false',
    `--client-ca-file=${certificate('ca').file}`,
    '--authorization-mode=Webhook',
  ],
  prepare: makeCgroup,
  isReady: () => answersHttp('http', PORTS.kubeletHealth, '/healthz'),
  seconds: 60,
}
