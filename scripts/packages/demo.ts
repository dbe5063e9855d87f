import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LIMIT_MS = 90_000

/**
 * Brings up the demo with an installed command and a given Node, and stops it again.
 * @throws if its first site does not answer within the limit, or if it does not end well
 */
export async function serveDemo(node: string, command: string, folder: string): Promise<void> {
  const dir = join(folder, `platform-${process.hrtime.bigint()}`)
  const child = spawn(node, [command, 'up', '--demo', '--dir', dir, '--ssh-port', '0', '--http-port', '0'], {
    cwd: folder,
    // Nobody's own keys, and sites that run on the same Node.
    env: { PATH: [dirname(node), process.env.PATH].join(delimiter), HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const exited = once(child, 'close').then(([code]) => code as number | null)
  try {
    await Promise.race([
      answers(dir, 'hello.localhost'),
      exited.then(() => Promise.reject(new Error('the platform ended by itself'))),
    ])
    child.kill('SIGTERM')
    const code = await exited
    if (code !== 0) throw new Error(`the platform ended with ${code ?? 'a signal'}`)
  } catch (error) {
    throw new Error(`${node} ${command} up --demo\n${output}`, { cause: error })
  } finally {
    child.kill('SIGKILL')
  }
}

async function answers(dir: string, host: string): Promise<void> {
  const deadline = Date.now() + LIMIT_MS
  while (Date.now() < deadline) {
    if ((await statusOf(dir, host)) === 200) return
    await sleep(100)
  }
  throw new Error(`${host} did not answer within ${LIMIT_MS / 1000} s`)
}

/** Undefined as long as nobody is there to answer. */
async function statusOf(dir: string, host: string): Promise<number | undefined> {
  try {
    const text = await readFile(join(dir, 'platform.json'), 'utf8')
    const { http } = JSON.parse(text) as { readonly http: { readonly host: string; readonly port: number } }
    return await new Promise<number | undefined>((resolve, reject) => {
      const get = request({ ...http, headers: { host }, agent: false }, (response) => {
        response.resume().on('end', () => {
          resolve(response.statusCode)
        })
      })
      get.on('error', reject).end()
    })
  } catch {
    return undefined
  }
}
