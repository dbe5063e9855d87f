export {
  builderConformance,
  type BuilderConformance,
  type BuilderSubject,
  type BuildInput,
} from './builder-conformance.ts'
export { memoryCluster, type MemoryClusterOptions } from './memory-cluster.ts'
export { runtimeConformance, type RuntimeConformance, type RuntimeFixture } from './runtime-conformance.ts'
export { sourceTree } from './source-tree.ts'
export { clusterConformance, type ClusterConformanceOptions } from './cluster-conformance.ts'
export type { ClusterUnderTest } from './cluster-conformance/room.ts'
export { runtimesOf } from './runtimes-of.ts'
export { sampleRelease } from './sample-release.ts'
export { runPlan, type RunningSite } from './run-plan.ts'
