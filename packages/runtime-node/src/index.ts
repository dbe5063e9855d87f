export { nodeRuntime } from './node-runtime.ts'
export type { NodeFacts } from './facts.ts'
export { nodeError } from './errors.ts'
