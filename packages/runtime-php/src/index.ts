export { phpRuntime } from './php-runtime.ts'
export type { PhpFacts } from './facts.ts'
export { phpError } from './errors.ts'
