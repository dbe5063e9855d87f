// Prints medians, and ratios where there is a peer that was measured in the same run. Fails on nothing: machines differ.
import { benchAccess } from './access.ts'
import { benchPlatform } from './platform.ts'
import { benchGit } from './git.ts'

await benchPlatform()
await benchAccess()
await benchGit()
