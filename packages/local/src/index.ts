export { local, type LocalOptions } from './plugin.ts'
export { FolderCluster, type FolderClusterOptions } from './folder-cluster/folder-cluster.ts'
export { FolderLogs } from './runner/logs/folder-logs.ts'
export { localError } from './errors.ts'
