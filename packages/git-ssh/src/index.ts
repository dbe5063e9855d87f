export { sshGitServer, type SshGitServerOptions } from './plugin.ts'
export { DEFAULT_LIMITS, type SshLimits } from './limits.ts'
export { generateKeyPair, type KeyPair } from './ssh/keys.ts'
export { gitSshError } from './errors.ts'
