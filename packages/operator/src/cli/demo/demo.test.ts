import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startPlatform, temporaryFolder, webspaces, type RunningPlatform } from '../command.test.kit.ts'

const LIMIT = 120_000

/** Starts the demo as somebody whose home this is, and waits until it says what to type next. */
async function startDemo(dir: string, home: string): Promise<RunningPlatform & { readonly guide: string }> {
  const platform = await startPlatform(dir, ['--demo'], { HOME: home, SSH_AUTH_SOCK: '' })
  const said = (): string => platform.output().stdout
  await expect.poll(said, { timeout: LIMIT }).toMatch(/curl http:\/\/try\.hello\.localhost:\d+\n/)
  return { ...platform, guide: said() }
}

function visit(dir: string, host: string): Promise<number | undefined> {
  const { http } = JSON.parse(readFileSync(join(dir, 'platform.json'), 'utf8')) as { http: { port: number } }
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: http.port, headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}

async function releases(dir: string): Promise<string[]> {
  const { stdout } = await webspaces(['get', 'releases', '-o', 'json', '--dir', dir])
  const { items } = JSON.parse(stdout) as { items: { metadata: { name: string; resourceVersion: string } }[] }
  return items.map(({ metadata }) => metadata.name)
}

test(
  'somebody without a key gets a site that answers, and a key to push with; a second time nothing changes',
  { timeout: LIMIT },
  async () => {
    const [dir, home] = [join(temporaryFolder(), 'my sites'), temporaryFolder()]
    const first = await startDemo(dir, home)
    expect(await visit(dir, 'hello.localhost')).toBe(200)

    const [, command = ''] = /export GIT_SSH_COMMAND=(.*)/.exec(first.guide) ?? []
    const [, clone = ''] = /(git clone \S+)/.exec(first.guide) ?? []
    const script = `export GIT_SSH_COMMAND=${command}\n${clone} work && git -C work log --format=%s`
    const log = execFileSync('sh', ['-c', script], { cwd: home, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    expect(log).toBe('Add hello-node\n')

    const edited = (await webspaces(['get', 'cust', 'demo', '-o', 'yaml', '--dir', dir])).stdout.replace(
      'name: Demo',
      'name: Mine',
    )
    await webspaces(['apply', '-f', '-', '--dir', dir], { input: edited })
    const before = await releases(dir)
    const { stdout: logged } = await webspaces(['logs', 'hello', '--dir', dir])
    const [, sitePort = ''] = /^listening on port ([0-9]+)$/m.exec(logged) ?? []
    expect((await fetch(`http://127.0.0.1:${sitePort}/`)).status).toBe(200)
    const noBranch = await webspaces(['logs', 'hello', '--branch', 'feature/x', '--dir', dir])
    expect(noBranch.code).toBe(1)
    expect(noBranch.stderr).toMatch(/^WS_NOT_FOUND: webspace "hello" has no branch "feature\/x"\n/)

    expect((await first.stop()).code).toBe(0)
    await expect(fetch(`http://127.0.0.1:${sitePort}/`)).rejects.toThrow()

    const second = await startDemo(dir, home)
    expect(second.guide).not.toContain('Pushing')
    expect(await releases(dir)).toEqual(before)
    expect((await webspaces(['get', 'cust', '--dir', dir])).stdout).toMatch(/demo +Mine /)
    await expect.poll(() => visit(dir, 'hello.localhost'), { timeout: LIMIT }).toBe(200)
  },
)

test(
  'somebody with a key can push with it; what is no usable key of theirs is passed over',
  { timeout: LIMIT },
  async () => {
    const [dir, home] = [temporaryFolder(), temporaryFolder()]
    const key = join(home, '.ssh', 'id_ed25519')
    mkdirSync(join(home, '.ssh'))
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada@home', '-f', key])
    writeFileSync(join(home, '.ssh', 'broken.pub'), 'ssh-ed25519 nonsense\n')
    writeFileSync(join(home, '.ssh', 'again.pub'), readFileSync(`${key}.pub`))
    const { guide } = await startDemo(dir, home)
    expect(guide).not.toContain('you have no SSH key')

    const { stdout } = await webspaces(['get', 'cust', 'demo', '-o', 'json', '--dir', dir])
    const { spec } = JSON.parse(stdout) as { spec: { sshKeys: string[] } }
    expect(spec.sshKeys).toEqual([readFileSync(`${key}.pub`, 'utf8').trim(), expect.stringContaining('webspaces demo')])

    const [, cloneUrl = ''] = /git clone (\S+)/.exec(guide) ?? []
    const ssh = `ssh -F /dev/null -i ${key} -o IdentitiesOnly=yes -o UserKnownHostsFile='${join(dir, 'demo', 'known_hosts')}'`
    const refs = execFileSync('git', ['ls-remote', cloneUrl], {
      env: { ...process.env, GIT_SSH_COMMAND: ssh },
      encoding: 'utf8',
    })
    expect(refs).toContain('refs/heads/main')
  },
)
