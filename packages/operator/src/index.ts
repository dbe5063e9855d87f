export { oneMachine, ONE_MACHINE_CONFIG, type OneMachineOptions } from './distributions/one-machine.ts'
export { controllers, reconcilers, repositoryReconciler } from './reconcilers/plugins.ts'
export { operatorError } from './errors.ts'

export { systemClock } from './system/clock.ts'
export { newId } from './system/new-id.ts'
export { createLogger, type LoggerOptions } from './system/logger.ts'
export type { LogFormat, LogLevel } from './system/log-options.ts'
