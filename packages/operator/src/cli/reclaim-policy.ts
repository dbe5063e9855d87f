import { Option } from 'commander'
import type { ReclaimPolicy } from '@webspaces/core'

// Not core's own list: the command line is read without loading core.
const POLICIES: readonly ReclaimPolicy[] = ['Delete', 'Retain']

/** Of `up` and of `serve`. */
export function reclaimPolicyOption(): Option {
  return new Option('--reclaim-policy <policy>', 'repository of a deleted Webspace that does not say so itself')
    .choices(POLICIES)
    .default('Delete' satisfies ReclaimPolicy)
}
