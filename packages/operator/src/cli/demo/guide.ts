import type { Example } from './examples.ts'
import { shellWord } from './git.ts'

export interface GuideInput {
  readonly sites: readonly Site[]
  /** The name of a left out example and why, if one was. */
  readonly leftOut: string | undefined
  /** What GIT_SSH_COMMAND must be to push with the demo's own key. */
  readonly sshCommand: string
  /** Whether a key of the person's own may push. */
  readonly ownKey: boolean
  /** `SHA256:…`, to compare with what ssh asks at the first connection. */
  readonly hostKey: string
}

export interface Site {
  readonly example: Example
  readonly url: string
  readonly cloneUrl: string
  /** Where a branch called `try` would be. */
  readonly previewUrl: string
}

/** What somebody who has just started the demo can type next. */
export function guide({ sites, leftOut, sshCommand, ownKey, hostKey }: GuideInput): string {
  const [first] = sites
  if (first === undefined) return ''
  const { example, cloneUrl, url, previewUrl } = first
  const width = Math.max(...sites.map((site) => site.example.webspace.length))
  const key = `export GIT_SSH_COMMAND=${shellWord(sshCommand)}`
  return [
    '',
    ...sites.map((site) => `  ${site.example.webspace.padEnd(width)}  ${site.url}`),
    ...(leftOut === undefined ? [] : [`  ${leftOut}`]),
    '',
    'Now change something, in another terminal:',
    '',
    ...(ownKey ? [] : ['  # you have no SSH key of your own: this one was made for you', `  ${key}`, '']),
    `  git clone ${cloneUrl} && cd ${example.webspace}`,
    `  # edit ${example.edit}`,
    '  git commit -am "Say something else" && git push',
    `  curl ${url}`,
    '',
    '  git push origin HEAD:try               # any other branch is a preview, at a host of its own:',
    `  curl ${previewUrl}`,
    '',
    ...(ownKey
      ? [
          `The host key is ${hostKey}.`,
          'If ssh offers none of your keys, use the one that was made for the demo:',
          `  ${key}`,
        ]
      : []),
    '',
  ].join('\n')
}
