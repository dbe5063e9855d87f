import { resolve } from 'node:path'
import { LOOPBACK, PORTS } from '../addresses.ts'
import type { Part } from '../part.ts'
import { partFolder } from '../paths.ts'
import { answersHttp } from '../probe.ts'

export const etcdUrl = `http://${LOOPBACK}:${PORTS.etcd}`
const peerUrl = `http://${LOOPBACK}:${PORTS.etcdPeers}`

export const etcd: Part = {
  name: 'etcd',
  command: [
    'etcd',
    `--data-dir=${resolve(partFolder('etcd'), 'data')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    // Nothing here has to outlive the machine.
    '--unsafe-no-fsync',
  ],
  isReady: () => answersHttp('http', PORTS.etcd, '/health'),
  seconds: 30,
}
