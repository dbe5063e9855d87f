import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { must, run, type Ended } from './run.ts'

/** Somebody with a key of their own and a folder for clones, who has nothing but git and ssh. */
export class Person {
  readonly #folder: string
  readonly #key: string

  private constructor(folder: string, name: string) {
    this.#folder = folder
    this.#key = join(folder, `${name}_key`)
  }

  static async create(folder: string, name: string): Promise<Person> {
    const person = new Person(folder, name)
    const made = await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `${name}@test`, '-f', person.#key])
    if (made.code !== 0) throw new Error(made.output)
    return person
  }

  get publicKey(): string {
    return readFileSync(`${this.#key}.pub`, 'utf8').trim()
  }

  get keyFile(): string {
    return this.#key
  }

  /** Arguments for `ssh`: this key and no other, no questions, nothing of the machine's own configuration. */
  get sshOptions(): string[] {
    const options = ['IdentitiesOnly=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR']
    return ['-F', '/dev/null', '-i', this.#key, ...options.flatMap((option) => ['-o', option]), '-o', 'BatchMode=yes']
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.#folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
      GIT_SSH_COMMAND: ['ssh', ...this.sshOptions].join(' '),
    }
  }

  git(cwd: string, ...args: string[]): Promise<Ended> {
    return run('git', args, { cwd, env: this.environment })
  }

  ssh(port: number, ...args: string[]): Promise<Ended> {
    return run('ssh', [...this.sshOptions, '-p', String(port), ...args], { env: this.environment })
  }

  /** A new work tree with these files in a first commit on `main`, and a remote `origin`. */
  async site(name: string, files: Readonly<Record<string, string>>, origin: string): Promise<Site> {
    const folder = join(this.#folder, name)
    await must(this.git(this.#folder, 'init', '-q', '-b', 'main', folder))
    await must(this.git(folder, 'remote', 'add', 'origin', origin))
    const site = new Site(this, folder)
    await site.commit(files)
    return site
  }
}

/** A work tree. */
export class Site {
  readonly person: Person
  readonly folder: string

  constructor(person: Person, folder: string) {
    this.person = person
    this.folder = folder
  }

  git(...args: string[]): Promise<Ended> {
    return this.person.git(this.folder, ...args)
  }

  /** Writes the files and commits them. */
  async commit(files: Readonly<Record<string, string>>): Promise<string> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, path)), { recursive: true })
      await writeFile(join(this.folder, path), content)
    }
    await must(this.git('add', '--all'))
    await must(this.git('commit', '-q', '--allow-empty', '-m', `change ${Object.keys(files).join(', ')}`))
    return this.head()
  }

  async head(): Promise<string> {
    return (await must(this.git('rev-parse', 'HEAD'))).stdout.trim()
  }

  push(...refs: string[]): Promise<Ended> {
    return this.git('push', 'origin', ...(refs.length === 0 ? ['HEAD:main'] : refs))
  }
}
