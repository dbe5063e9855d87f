import { runtimeConformance, runtimesOf } from '@webspaces/core/testing'
import { test } from 'vitest'
import { phpRuntime } from './index.ts'

const index = { 'public/index.php': '' }
const manifest = (fields: object): Record<string, string> => ({ 'composer.json': JSON.stringify(fields) })

runtimeConformance({
  test: (name, run) => test(name, run),
  make: () => {
    const [runtime] = runtimesOf(phpRuntime())
    if (runtime === undefined) throw new Error('the plugin contributes no runtime')
    return runtime
  },
  fixtures: [
    {
      name: 'a front controller in public',
      files: { ...manifest({ require: { php: '^8.2' } }), ...index },
      expect: 'fits',
    },
    { name: 'a page at the root', files: { 'index.php': '' }, expect: 'fits' },
    { name: 'pages without an index', files: { 'info.php': '' }, expect: 'fits' },
    { name: 'a Procfile', files: { ...manifest({}), Procfile: 'web: php server.php' }, expect: 'fits' },
    { name: 'a chosen PHP', files: index, options: { phpVersion: '8.3' }, expect: 'fits' },
    { name: 'another language', files: { 'main.py': '' }, expect: 'absent' },
    {
      name: 'a library',
      files: manifest({ name: 'acme/lib', autoload: { 'psr-4': { 'A\\': 'src' } } }),
      expect: 'unfit',
    },
    {
      name: 'an unknown extension',
      files: { ...manifest({ require: { 'ext-nope': '*' } }), ...index },
      expect: 'unfit',
    },
    { name: 'a PHP that is not here', files: { ...manifest({ require: { php: '^7.4' } }), ...index }, expect: 'unfit' },
    {
      name: 'a missing public-dir',
      files: { ...manifest({ extra: { 'public-dir': 'x' } }), ...index },
      expect: 'unfit',
    },
    { name: 'the reserved folder', files: { ...index, '.webspaces/x': '' }, expect: 'unfit' },
  ],
})
