import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import type { Site } from './support/person.ts'
import { Person } from './support/person.ts'
import { Platform } from './support/platform.ts'
import { customer, resource } from './support/resources.ts'
import { must, run } from './support/run.ts'
import { nodeSite } from './support/sites.ts'

let platform: Platform
let ada: Person
let bob: Person
let stranger: Person
let site: Site

beforeAll(async () => {
  platform = await Platform.start()
  ada = await platform.customer('ada', { blog: {} })
  bob = await platform.customer('bob', { shop: {} })
  stranger = await Person.create(platform.folder, 'stranger')
  site = await ada.site('blog', nodeSite('one'), platform.cloneUrl('blog'))
  await must(site.push())
})
afterAll(() => platform.remove())

const lsRemote = (person: Person, url: string) => person.git(platform.folder, 'ls-remote', url)

test('a key that nobody lists is refused at the door', async () => {
  const refused = await stranger.ssh(platform.sshPort, 'git@127.0.0.1')
  expect(refused.code).toBe(255)
  expect(refused.output).toContain('Permission denied (publickey)')
})

test('somebody else’s repository, none at all, and names that are no names answer alike', async () => {
  const urls = ['blog', 'nothing', '..%2Fblog', '%2e%2e/blog', 'blog.git/../blog'].map((name) =>
    platform.cloneUrl(name),
  )
  const answers = await Promise.all(urls.map((url) => lsRemote(bob, url)))
  for (const { code, output } of answers) {
    expect(code).not.toBe(0)
    expect(output).toContain('WS_ACCESS_DENIED')
  }
  const texts = answers.map(({ output }) => output.replace(/"[^"]*"/g, 'NAME'))
  expect(new Set(texts.slice(0, 2)).size).toBe(1)
})

test('names that look like options or paths do nothing', async () => {
  for (const name of [
    '--upload-pack=touch%20/tmp/x',
    '-oProxyCommand=x',
    '../../etc',
    '/etc/passwd',
    '$(id)',
    '`id`',
  ]) {
    const answer = await ada.ssh(platform.sshPort, 'git@127.0.0.1', `git-upload-pack '${name}'`)
    expect(answer.code).not.toBe(0)
    expect(answer.output).toMatch(/WS_[A-Z_]+/)
    expect(answer.output).not.toMatch(/root:|uid=/)
  }
})

test('there is no shell, no command, no subsystem', async () => {
  for (const command of [
    'id',
    'sh -c id',
    "git-upload-pack 'blog'; id",
    'git-upload-pack blog && id',
    'scp -f /etc/passwd',
  ]) {
    const answer = await ada.ssh(platform.sshPort, 'git@127.0.0.1', command)
    expect(answer.code).not.toBe(0)
    expect(answer.output).toMatch(/WS_[A-Z_]+/)
    expect(answer.output).not.toMatch(/uid=|root:/)
  }
  const subsystem = await ada.ssh(platform.sshPort, '-s', 'git@127.0.0.1', 'sftp')
  expect(subsystem.code).not.toBe(0)
})

test('a greeting lists what is one’s own', async () => {
  const greeting = await ada.ssh(platform.sshPort, 'git@127.0.0.1')
  expect(greeting.output).toContain('blog')
  expect(greeting.output).not.toContain('shop')
})

test('no port is forwarded', async () => {
  const probe = await run(
    'ssh',
    [...ada.sshOptions, '-p', String(platform.sshPort), '-W', `127.0.0.1:${platform.httpPort}`, 'git@127.0.0.1'],
    { env: ada.environment, input: 'GET / HTTP/1.0\r\n\r\n' },
  )
  expect(probe.code).not.toBe(0)
  expect(probe.stdout).toBe('')
})

test('a password is not asked for', async () => {
  const args = [...stranger.sshOptions, '-o', 'PreferredAuthentications=password,keyboard-interactive']
  const refused = await run('ssh', [...args, '-p', String(platform.sshPort), 'git@127.0.0.1'], {
    env: stranger.environment,
  })
  expect(refused.output).toContain('Permission denied (publickey)')
})

test('offering a key without being able to sign with it gives nothing', async () => {
  // OpenSSH offers the public half, is told that it would do, and then has to sign with another private key.
  const { privateKey } = generateKeyPairSync('ed25519')
  const folder = platform.folder
  await writeFile(join(folder, 'forged'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  await writeFile(join(folder, 'forged.pub'), `${ada.publicKey}\n`)
  const options = ada.sshOptions.map((option) => (option === ada.keyFile ? join(folder, 'forged') : option))
  const refused = await run('ssh', [...options, '-p', String(platform.sshPort), 'git@127.0.0.1'], {
    env: ada.environment,
  })
  expect(refused.code).toBe(255)
  expect(refused.output).not.toContain('blog')
})

describe('keys come and go while the platform runs', () => {
  test('a key counts as soon as it is listed, and no longer than that', async () => {
    await platform.apply(customer('ada', [ada.publicKey, stranger.publicKey]))
    await eventually(
      () => lsRemote(stranger, platform.cloneUrl('blog')),
      ({ code }) => code === 0,
    )
    await platform.apply(customer('ada', [ada.publicKey]))
    await eventually(
      () => lsRemote(stranger, platform.cloneUrl('blog')),
      ({ code }) => code !== 0,
    )
  })

  test('also on a connection that is open already', async () => {
    await platform.apply(customer('ada', [ada.publicKey, stranger.publicKey]))
    await eventually(
      () => lsRemote(stranger, platform.cloneUrl('blog')),
      ({ code }) => code === 0,
    )
    const control = ['-o', `ControlPath=${join(platform.folder, 'mux')}`]
    const master = run(
      'ssh',
      [...stranger.sshOptions, ...control, '-MN', '-p', String(platform.sshPort), 'git@127.0.0.1'],
      {
        env: stranger.environment,
      },
    )
    const over = () => stranger.ssh(platform.sshPort, ...control, 'git@127.0.0.1', "git-upload-pack 'blog'")
    await eventually(over, ({ output }) => output.includes('refs/heads/main'))
    await platform.apply(customer('ada', [ada.publicKey]))
    await eventually(over, ({ output }) => output.includes('WS_ACCESS_DENIED'))
    await stranger.ssh(platform.sshPort, ...control, '-O', 'exit', 'git@127.0.0.1')
    await master
  })

  test('a customer who is suspended reads and does not push', async () => {
    await platform.apply(customer('ada', [ada.publicKey], { suspended: true }))
    await eventually(
      () => site.push('HEAD:suspended'),
      ({ output }) => output.includes('WS_SUSPENDED'),
    )
    expect((await lsRemote(ada, platform.cloneUrl('blog'))).code).toBe(0)
    await platform.apply(customer('ada', [ada.publicKey]))
    await eventually(
      () => site.push('HEAD:main'),
      ({ code }) => code === 0,
    )
  })
})

test('who connects and says nothing is sent away, and the others do not notice', async () => {
  const sockets = Array.from({ length: 20 }, () => connect(platform.sshPort, '127.0.0.1'))
  for (const socket of sockets) socket.on('error', () => undefined)
  sockets[0]?.write(randomBytes(5000))
  expect((await lsRemote(ada, platform.cloneUrl('blog'))).code).toBe(0)
  for (const socket of sockets) socket.destroy()
})

test('refusals are logged once, without what was said', async () => {
  const marker = createHash('sha256').update('marker').digest('hex').slice(0, 20)
  const before = platform.output.length
  await ada.ssh(platform.sshPort, 'git@127.0.0.1', `${marker}\u001b[31m`)
  await eventually(
    () => platform.output.slice(before),
    (log) => log.includes('refused'),
  )
  const lines = platform.output
    .slice(before)
    .split('\n')
    .filter((line) => line.includes('refused'))
  expect(lines).toHaveLength(1)
  expect(platform.output.slice(before)).not.toContain('\u001b[31m')
})

test('a webspace of another customer cannot be taken over by its name', async () => {
  await platform.apply(resource('Webspace', 'mine', { customer: 'bob', runtime: 'node', domain: 'blog.localhost' }))
  const bobs = await bob.site('mine', nodeSite('stolen'), platform.cloneUrl('mine'))
  await eventually(
    () => bobs.push(),
    ({ output }) => output.includes('WS_PUSH_HOST_TAKEN'),
  )
  expect((await platform.fetch('blog.localhost')).body).toBe('one')
})
