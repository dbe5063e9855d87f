import type { BranchStatus } from '@webspaces/core'
import type { Site, SiteState } from '../sites.ts'
import { html, type Html } from './html.ts'
import { layout } from './layout.ts'

/** The look of each state; its name is always written beside the colour. */
const LOOK: Readonly<Record<SiteState, 'good' | 'busy' | 'bad' | 'idle'>> = {
  Live: 'good',
  Progressing: 'busy',
  Failed: 'bad',
  Stalled: 'bad',
  Suspended: 'idle',
  Deleting: 'busy',
  'Awaiting push': 'idle',
}

/** The platform's own page: every site with its branches, and what to do next where there is nothing yet. */
export function sitesPage(sites: readonly Site[]): string {
  const live = sites.filter(({ state }) => state === 'Live').length
  return layout(
    'Webspaces',
    html`<main>
      <header class="page">
        <h1>Webspaces</h1>
        <p class="soft">${sites.length === 0 ? '' : `${live} of ${count(sites.length, 'site')} live`}</p>
      </header>
      ${sites.length === 0 ? noSites() : sites.map(siteCard)}
    </main>`,
  )
}

function siteCard(site: Site): Html {
  return html`<section class="site" aria-labelledby="site-${site.name}">
    <div class="head">
      <h2 id="site-${site.name}">${link(site.url, site.name)}</h2>
      ${pill(site.state)}
      <p class="soft small">${site.customer}</p>
    </div>
    ${site.messages.map((message) => html`<p class="note small">${message}</p>`)} ${branchList(site)}
    ${site.state === 'Awaiting push' ? firstPush(site) : clone(site)}
  </section>`
}

function branchList({ branches }: Site): Html | undefined {
  if (branches.length === 0) return undefined
  return html`<ul class="branches">
    ${branches.map(branchItem)}
  </ul>`
}

function clone({ cloneUrl }: Site): Html {
  return html`<p class="clone small"><span class="soft">Clone</span> <code>git clone ${cloneUrl}</code></p>`
}

function branchItem(branch: BranchStatus): Html {
  return html`<li>
    <p>
      ${link(branch.url, branch.branch)}${branch.production ? html` <span class="soft small">production</span>` : ''}
    </p>
    ${pill(branch.phase)}
    <p class="facts small soft">
      <span>${branch.url.replace(/^https?:\/\//, '')}</span>
      <span>${branch.release}</span>
      <span title="${branch.commit}">commit ${branch.commit.slice(0, 7)}</span>
      <span>${branch.readyReplicas} of ${count(branch.replicas, 'replica')} ready</span>
    </p>
  </li>`
}

function firstPush({ cloneUrl, branch }: Site): Html {
  return html`<p class="small soft">Push to put it online:</p>
    <pre><code>git remote add webspaces ${cloneUrl}
git push webspaces HEAD:${branch}</code></pre>`
}

function noSites(): Html {
  return html`<section class="site">
    <h2>There are no sites yet</h2>
    <p>A Webspace is a site that a Customer pushes to and a Runtime builds. Write one down in a file:</p>
    <pre><code>${EXAMPLE}</code></pre>
    <p>Apply it, and this page shows where to push:</p>
    <pre><code>webspaces apply -f blog.yaml</code></pre>
  </section>`
}

const EXAMPLE = `apiVersion: webspaces.dev/v1alpha1
kind: Webspace
metadata:
  name: blog
spec:
  customer: ada
  runtime: node`

function pill(state: SiteState): Html {
  return html`<span class="state ${LOOK[state]}">${state}</span>`
}

/** A link, if it is one to a web page: a resource file edited by hand could hold any scheme. */
function link(url: string | undefined, text: string): Html {
  return url !== undefined && /^https?:\/\//.test(url) ? html`<a href="${url}">${text}</a>` : html`${text}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
