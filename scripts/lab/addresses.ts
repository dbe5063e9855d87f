/**
 * What pods need of the builders and the registry listens on the loopback interface; pods have one of their own, and
 * reach the same ports at the bridge's address. The API server listens everywhere, as pods and nodes expect it to; the
 * kubelet on the bridge.
 */
export const LOOPBACK = '127.0.0.1'
export const BRIDGE = 'docker0'
export const BRIDGE_ADDRESS = '172.17.0.1'
export const POD_NETWORK = '172.17.0.0/16'
export const SERVICE_NETWORK = '10.96.0.0/16'
/** The first address of the network: the API server takes it for the Service "kubernetes". */
export const API_SERVICE_ADDRESS = '10.96.0.1'

/** Of the daemon with TLS, which only builds: Kubernetes knows nothing of it. */
export const SECOND_BRIDGE = 'webspaces-lab1'
export const SECOND_BRIDGE_ADDRESS = '172.31.255.1'
export const SECOND_NETWORK = '172.31.255.0/24'

export const PORTS = {
  docker: 2375,
  dockerTls: 2376,
  etcd: 2379,
  etcdPeers: 2380,
  registry: 5000,
  baseImages: 5001,
  apiServer: 6443,
  kubeletHealth: 10248,
  proxyMetrics: 10249,
  kubelet: 10250,
  proxyHealth: 10256,
  controllerManager: 10257,
  scheduler: 10259,
} as const

/** What a pod may need: a builder and the registry. The API server listens on the bridge by itself. */
export const PORTS_FOR_PODS = [PORTS.docker, PORTS.dockerTls, PORTS.registry] as const

export const NODE_NAME = 'lab'
export const REGISTRY = `${LOOPBACK}:${PORTS.registry}`
export const BASE_IMAGES = `${LOOPBACK}:${PORTS.baseImages}`
