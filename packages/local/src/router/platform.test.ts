import { expect, test } from 'vitest'
import { API_VERSION, Webspace, type BranchStatus } from '@webspaces/core'
import { Stage } from './stage.test.kit.ts'

const HOSTILE = `"><script>alert('x')</script>&amp;`

function webspace(name: string, extra: Partial<Pick<Webspace, 'status'>> & { suspended?: boolean } = {}): Webspace {
  const { suspended = false, ...rest } = extra
  const spec = { customer: 'ada', runtime: 'node', suspended }
  return { ...Webspace.parse({ apiVersion: API_VERSION, kind: 'Webspace', metadata: { name }, spec }), ...rest }
}

function branch(name: string, change: Partial<BranchStatus> = {}): BranchStatus {
  return {
    branch: name,
    slug: name,
    production: name === 'main',
    url: `http://${name}.blog.localhost:8080`,
    release: 'blog-7',
    commit: '0123456789abcdef0123456789abcdef01234567',
    phase: 'Live',
    replicas: 2,
    readyReplicas: 2,
    ...change,
  }
}

function condition(type: string, status: 'True' | 'False', reason: string, message: string) {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' }
}

test.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST.:8080', '192.168.1.20:8080'])(
  'at %s the platform shows its sites',
  async (host) => {
    const stage = await Stage.start()
    const status = {
      url: 'http://blog.localhost:8080',
      cloneUrl: 'ssh://git@127.0.0.1:2222/blog.git',
      branches: [branch('feature'), branch('main', { url: 'http://blog.localhost:8080' })],
    }
    stage.webspaces.push(webspace('blog', { status }))
    const page = await stage.fetch(host, '/', { headers: { Accept: 'text/html' } })
    expect(page.status).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /)
    for (const text of ['href="http://blog.localhost:8080"', 'href="http://feature.blog.localhost:8080"', 'blog-7'])
      expect(page.body).toContain(text)
    expect(page.body).toContain('git clone ssh://git@127.0.0.1:2222/blog.git')
    expect(page.body).toContain('2 of 2 replicas ready')
    expect(page.body.indexOf('>main<')).toBeLessThan(page.body.indexOf('>feature<'))
  },
)

test('the sites can be read as JSON', async () => {
  const stage = await Stage.start()
  const conditions = [condition('Ready', 'False', 'AwaitingPush', 'nothing has been pushed yet')]
  stage.webspaces.push(webspace('shop', { status: { conditions } }), webspace('blog', { suspended: true }))
  const api = await stage.fetch('localhost', '/api/sites?x=1')
  expect(JSON.parse(api.body)).toEqual({
    sites: [
      {
        name: 'blog',
        customer: 'ada',
        state: 'Suspended',
        messages: [],
        cloneUrl: 'ssh://git@127.0.0.1:2222/blog.git',
        branch: 'main',
        branches: [],
      },
      {
        name: 'shop',
        customer: 'ada',
        state: 'Awaiting push',
        messages: ['nothing has been pushed yet'],
        cloneUrl: 'ssh://git@127.0.0.1:2222/shop.git',
        branch: 'main',
        branches: [],
      },
    ],
  })
  const negotiated = await stage.fetch('localhost', '/', { headers: { Accept: 'application/json' } })
  expect(negotiated.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(negotiated.body).toBe(api.body)
})

test('what customers write is text on the page, never markup', async () => {
  const stage = await Stage.start()
  const conditions = [condition('Stalled', 'True', 'InvalidSpec', HOSTILE)]
  const branches = [branch(HOSTILE, { url: 'javascript:alert(1)', release: HOSTILE, commit: HOSTILE })]
  stage.webspaces.push(webspace('blog', { status: { conditions, branches, url: HOSTILE, cloneUrl: HOSTILE } }))
  const { body } = await stage.fetch('localhost', '/')
  expect(body).not.toContain('<script')
  expect(body).not.toContain('href="javascript:')
  expect(body).not.toMatch(/href="[^"]*alert/)
  expect(body).toContain('&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;&#38;amp;')
})

test('a page without sites says how to make one, and a site without a push how to push', async () => {
  const stage = await Stage.start()
  expect((await stage.fetch('localhost')).body).toContain('webspaces apply -f')
  stage.webspaces.push(webspace('blog'))
  expect((await stage.fetch('localhost')).body).toContain('git remote add webspaces ssh://git@127.0.0.1:2222/blog.git')
})

test('the platform has no other page and takes no other method', async () => {
  const stage = await Stage.start()
  expect(await stage.fetch('localhost', '/secret')).toMatchObject({ status: 404 })
  expect((await stage.fetch('localhost', '/../../etc/passwd')).body).toContain('WS_PAGE_UNKNOWN')
  expect(await stage.fetch('localhost', '/', { method: 'POST', body: 'x'.repeat(100_000) })).toMatchObject({
    status: 404,
  })
  expect(await stage.fetch('localhost', '/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
})

test('an Ingress for a host of the platform does not take its page', async () => {
  const stage = await Stage.start()
  await stage.addSite('thief', { host: 'localhost' })
  expect((await stage.fetch('localhost')).body).toContain('<title>Webspaces</title>')
})
