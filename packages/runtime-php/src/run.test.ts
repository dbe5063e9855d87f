import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import type { Runtime } from '@webspaces/core'
import { runPlan, runtimesOf, sourceTree, type RunningSite } from '@webspaces/core/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { phpRuntime } from './index.ts'

const missing = ['php', 'composer'].filter((program) => spawnSync(program, ['--version']).status !== 0)
if (missing.length > 0) console.warn(`SKIPPED: sites are not run, for want of ${missing.join(' and ')}`)

test.runIf(process.env['CI'] !== undefined)('in CI nothing is skipped', () => {
  expect(missing).toEqual([])
})

const [runtime] = runtimesOf(phpRuntime()) as [Runtime]
const running: RunningSite[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((site) => site.stop()))
})

async function run(files: Record<string, string>): Promise<RunningSite> {
  const inspection = await runtime.inspect(sourceTree(files), {})
  if (inspection.type !== 'fits') throw new Error(JSON.stringify(inspection))
  const site = await runPlan(runtime.plan(inspection.facts, {}), files)
  running.push(site)
  return site
}

const textOf = async (url: string, init?: RequestInit): Promise<string> => (await fetch(url, init)).text()

/** Sends a path as it stands; fetch would tidy it up first. */
function statusOf(site: RunningSite, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.on('end', () => {
      resolve(answer.slice(9, 12))
    })
    socket.on('error', reject)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  })
}

const PLACE = "<?php echo json_encode([$_SERVER['SCRIPT_NAME'], $_SERVER['PATH_INFO'] ?? '', $_SERVER['HTTPS'] ?? '']);"

describe.skipIf(missing.length > 0)('a running PHP site', () => {
  test('serves files, folders, scripts, and all else by its front controller', async () => {
    const site = await run({
      'public/index.php': PLACE,
      'public/tool.php': PLACE,
      'public/style.css': 'body {}',
      'public/vendor/telescope/app.css': 'a {}',
      'vendor/autoload.php': '<?php echo "secret";',
      'public/shop/index.php': PLACE,
      'src/secret.php': '<?php echo "secret";',
    })
    expect(await textOf(`${site.url}/`)).toBe('["\\/index.php","",""]')
    expect(await textOf(`${site.url}/a/b.html?x=1`)).toBe('["\\/index.php","",""]')
    expect(await textOf(`${site.url}/tool.php/x`)).toBe('["\\/tool.php","\\/x",""]')
    expect(await textOf(`${site.url}/style.css`)).toBe('body {}')
    expect(await textOf(`${site.url}/src/secret.php`)).toBe('["\\/index.php","",""]')
    expect(await textOf(`${site.url}/`, { headers: { 'x-forwarded-proto': 'https' } })).toContain('"on"')
    expect(await textOf(`${site.url}/vendor/telescope/app.css`)).toBe('a {}')
    expect(await textOf(`${site.url}/vendor/autoload.php`)).toBe('["\\/index.php","",""]')
    const folder = await fetch(`${site.url}/shop?x=1`, { redirect: 'manual' })
    expect([folder.status, folder.headers.get('location')]).toEqual([301, '/shop/?x=1'])
    expect(await textOf(`${site.url}/shop/`)).toBe('["\\/shop\\/index.php","",""]')
  })

  test('serves nothing that is hidden or belongs to the build, where the root is the whole repository', async () => {
    const site = await run({
      'index.html': 'home',
      'about.php': '<?php echo "about";',
      '.env': 'SECRET=1',
      '.git/config': 'x',
      '.well-known/security.txt': 'x',
      'composer.json': '{}',
      'vendor/phpunit/eval-stdin.php': '<?php echo "owned";',
    })
    expect(await textOf(`${site.url}/`)).toBe('home')
    expect(await textOf(`${site.url}/about.php`)).toBe('about')
    expect(await statusOf(site, '/.well-known/security.txt')).toBe('200')
    const refused = ['/.env', '/%2eenv', '//.env', '/.git/config', '/x/../.env', '/composer.json', '//composer.json']
    refused.push('/COMPOSER.json', '/.webspaces/router.php', '/vendor/phpunit/eval-stdin.php', '/..%2f..%2fetc/passwd')
    refused.push('/../../../../etc/passwd', '/x%00.php', '/gone', '/vendor/phpunit/eval-stdin.php/x')
    for (const path of refused) expect(await statusOf(site, path), path).toBe('404')
  })

  test('answers a request that it makes to itself', async () => {
    const site = await run({
      'index.php': `<?php
        if (isset($_GET['outer'])) echo 'outer ' . file_get_contents('http://127.0.0.1:' . getenv('PORT') . '/');
        else echo 'inner';`,
    })
    expect(await textOf(`${site.url}/?outer`)).toBe('outer inner')
  })

  test('leaves no worker behind when its group is told to end', async () => {
    const site = await run({ 'index.php': '<?php echo 1;' })
    await site.stop()
    running.splice(0)
    await expect
      .poll(
        () =>
          fetch(site.url).then(
            () => 'answers',
            () => 'gone',
          ),
        { timeout: 10_000 },
      )
      .toBe('gone')
  })

  test('has its own classes loaded by Composer', async () => {
    const site = await run({
      'composer.json': JSON.stringify({ require: { php: '>=8.1' }, autoload: { 'psr-4': { 'App\\': 'src/' } } }),
      'src/Greeting.php':
        '<?php namespace App; final class Greeting { public static function text(): string { return "hello"; } }',
      'public/index.php': '<?php require __DIR__ . "/../vendor/autoload.php"; echo App\\Greeting::text();',
    })
    expect(await textOf(site.url)).toBe('hello')
  })

  test('does not show its errors, and logs them', async () => {
    const site = await run({ 'index.php': '<?php if (isset($_GET["fail"])) nowhere(); echo "fine";' })
    const response = await fetch(`${site.url}/?fail`)
    expect([response.status, await response.text()]).toEqual([500, ''])
    expect(response.headers.get('x-powered-by')).toBeNull()
    await expect.poll(() => site.output()).toContain('undefined function nowhere()')
  })

  test('is refused by the build where an extension is missing', async () => {
    const files = { 'composer.json': JSON.stringify({ require: { 'ext-amqp': '*' } }), 'index.php': '' }
    await expect(run(files)).rejects.toThrow(/lacks: amqp/)
  })
})
