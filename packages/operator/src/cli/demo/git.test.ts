import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { shellWord, sshCommand } from './git.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webspaces-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test.each(['plain', 'my sites', "o'neil", '100%'])('ssh reads the file names as they are: %s', (name) => {
  const [key, knownHosts] = [join(folder, name, 'id'), join(folder, name, 'known_hosts')]
  mkdirSync(join(folder, name))
  writeFileSync(key, '')
  const command = `${sshCommand(key, knownHosts)} -F /dev/null -G host.invalid`
  const output = execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const settings = output.replaceAll('%%', '%').split('\n')
  expect(settings).toContain(`identityfile ${key}`)
  expect(settings).toContain(`userknownhostsfile ${knownHosts}`)
})

test('a word that needs no quotes has none', () => {
  expect(shellWord('/home/ada/.webspaces')).toBe('/home/ada/.webspaces')
})
