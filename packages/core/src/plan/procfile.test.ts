import { expect, test } from 'vitest'
import { sourceTree } from '../testing/source-tree.ts'
import { readProcfile } from './procfile.ts'

test('web is read, the other types are named, comments and empty lines do not count', async () => {
  const Procfile = '# site\r\n\r\nweb: node server.js --name "a: b"  \nworker: node worker.js\nrelease: ./migrate'
  expect(await readProcfile(sourceTree({ Procfile }))).toEqual({
    web: 'node server.js --name "a: b"',
    others: ['worker', 'release'],
  })
})

test('without a Procfile there is none, and without web there are only the others', async () => {
  expect(await readProcfile(sourceTree({}))).toBeUndefined()
  expect(await readProcfile(sourceTree({ Procfile: 'worker: x' }))).toEqual({ others: ['worker'] })
})

test.each(['node server.js', 'web:', 'web server: x', 'web: a\0b', `web: ${'x'.repeat(9000)}`])(
  'a line that is no process type is refused by its number: %#',
  async (line) => {
    await expect(readProcfile(sourceTree({ Procfile: `# one\n${line}` }))).rejects.toMatchObject({
      inspection: { type: 'unfit', path: 'Procfile', problem: expect.stringContaining('line 2') as string },
    })
  },
)
