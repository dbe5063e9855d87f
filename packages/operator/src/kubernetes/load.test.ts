import { expect, test } from 'vitest'
import { loadKubernetes } from './load.ts'

test.each(['20.19.0', '22.18.0'])('Node.js %s is told that it is too old', async (version) => {
  await expect(loadKubernetes(version)).rejects.toMatchObject({ code: 'WS_NODE_TOO_OLD' })
})

test('the oldest version that will do, and newer ones, are not', async () => {
  for (const version of ['22.19.0', '24.0.0']) expect(await loadKubernetes(version)).toHaveProperty('kubernetes')
})
