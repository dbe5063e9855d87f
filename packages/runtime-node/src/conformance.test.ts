import { runtimeConformance, runtimesOf } from '@webspaces/core/testing'
import { test } from 'vitest'
import { nodeRuntime } from './index.ts'

const server = { 'server.js': '' }
const manifest = (fields: object): Record<string, string> => ({ 'package.json': JSON.stringify(fields) })

runtimeConformance({
  test: (name, run) => test(name, run),
  make: () => {
    const [runtime] = runtimesOf(nodeRuntime())
    if (runtime === undefined) throw new Error('the plugin contributes no runtime')
    return runtime
  },
  fixtures: [
    { name: 'a server', files: { ...manifest({ scripts: { start: 'node server.js' } }), ...server }, expect: 'fits' },
    { name: 'a server with main', files: { ...manifest({ main: 'server.js' }), ...server }, expect: 'fits' },
    { name: 'a server without a manifest', files: server, expect: 'fits' },
    { name: 'plain files', files: { 'index.html': '<h1>Hello</h1>' }, expect: 'fits' },
    { name: 'plain files in public', files: { 'public/index.html': '<h1>Hello</h1>' }, expect: 'fits' },
    { name: 'a chosen Node', files: server, options: { nodeVersion: '22' }, expect: 'fits' },
    { name: 'another language', files: { 'main.py': '' }, expect: 'absent' },
    { name: 'nothing to start', files: manifest({ name: 'x' }), expect: 'unfit' },
    { name: 'broken JSON', files: { 'package.json': '{\n  "name": x\n}', ...server }, expect: 'unfit' },
    { name: 'an unknown manager', files: { ...manifest({ packageManager: 'bun@1.2.3' }), ...server }, expect: 'unfit' },
    {
      name: 'a Node that is not here',
      files: { ...manifest({ engines: { node: '^18' } }), ...server },
      expect: 'unfit',
    },
    { name: 'a script in a circle', files: manifest({ scripts: { start: 'npm run start' } }), expect: 'unfit' },
    { name: 'the reserved folder', files: { ...server, '.webspaces/x': '' }, expect: 'unfit' },
  ],
})
