/** Trees that a customer may push by accident or on purpose; each must get an answer, never an exception. */
export function hostileTrees(manifests: readonly string[]): readonly HostileTree[] {
  return [...manifests.flatMap((path) => forManifest(path)), ...TREES]
}

export interface HostileTree {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
}

const SHELL = '$(touch /tmp/owned); `id` && rm -rf / | sh > /dev/null "\'\\'
const LINES = 'first\nRUN id\r\nUSER root\u2028x'

const TEXTS: Readonly<Record<string, string>> = {
  'is empty': '',
  'is blank': ' \n\t\n',
  'is cut off': '{"name": "x", ',
  'has a comment': '// hello\n{}',
  'has a trailing comma': '{"name": "x",\n}',
  'has a byte order mark': '\uFEFF{"name":"x"}',
  'is not UTF-8': '\uFFFD\uFFFD\0\uFFFD',
  'is a shell script': '#!/bin/sh\nrm -rf /\n',
  'is deeply nested': '['.repeat(200_000),
  'is over the read limit': `{"name": "${'x'.repeat(2 * 1024 * 1024)}"}`,
}

const VALUES: Readonly<Record<string, unknown>> = {
  'is null': null,
  'is a list': [],
  'is a list of objects': [{ name: 'x' }],
  'is a string': 'text',
  'is a number': 1e308,
  'is true': true,
}

// Files that a runtime may go on to when the manifest lets it: the deeper it goes, the more is tried.
const BESIDE = { 'index.html': '', 'index.php': '', 'server.js': '' }

function forManifest(path: string): HostileTree[] {
  const tree = (what: string, content: string, more: Readonly<Record<string, string>> = {}): HostileTree => ({
    name: `${path} ${what}`,
    files: { [path]: content, ...BESIDE, ...more },
  })
  return [
    ...Object.entries(TEXTS).map(([what, text]) => tree(what, text)),
    ...Object.entries(VALUES).map(([what, value]) => tree(what, JSON.stringify(value))),
    ...Object.entries(VALUES).map(([what, value]) => tree(`has only fields of which each ${what}`, everyField(value))),
    tree(
      'has fields of objects of lists',
      everyField({ a: [[]], build: [], node: {}, php: [], start: 7, platform: [] }),
    ),
    tree('has names of shell', withNames(SHELL)),
    tree('has names of several lines', withNames(LINES)),
    tree('has commands of shell', withCommands(SHELL)),
    tree('has commands of several lines', withCommands(LINES)),
    tree('has commands with NUL', withCommands('node \0')),
    tree('has huge commands', withCommands('x '.repeat(100_000))),
    tree('has ranges of shell', withRanges(SHELL)),
    tree('has ranges that are none', withRanges('>=>=22 ||| ^^banana')),
    tree('has ranges that nothing meets', withRanges('>=999')),
    tree('has huge ranges', withRanges('>=1 '.repeat(50_000))),
    tree(
      'names prototypes',
      '{"__proto__": {"main": "x"}, "constructor": {"prototype": {}}, "scripts": {"__proto__": 1}}',
    ),
    tree('leads out of the tree', withPaths('../../etc/passwd')),
    tree('leads to an absolute path', withPaths('/etc/passwd')),
    tree('leads to what looks like an option', withPaths('--eval=x'), { '--eval=x': '', '--eval=x/index.php': '' }),
    tree('has scripts that call each other', withCommands('npm run build && npm run start')),
    tree('comes with a Procfile of shell', '{}', { Procfile: `web: ${SHELL}\n` }),
    tree('comes with broken lockfiles', withCommands('x'), {
      'package-lock.json': '<<<<<<< HEAD',
      'pnpm-lock.yaml': ']',
      'yarn.lock': '\0',
      '.yarnrc.yml': 'yarnPath: ../../x',
      'composer.lock': '[1,2',
    }),
    { name: `${path} is a folder`, files: { [`${path}/${path}`]: '{}' } },
  ]
}

// The fields of the manifests that this project reads; a runtime of another kind ignores them.
function everyField(value: unknown): string {
  const fields = [
    'name',
    'main',
    'scripts',
    'dependencies',
    'devDependencies',
    'workspaces',
    'engines',
    'packageManager',
  ]
  fields.push('require', 'config', 'extra', 'autoload', 'repositories')
  return JSON.stringify(Object.fromEntries(fields.map((field) => [field, value])))
}

function withNames(text: string): string {
  const names = { [text]: text, [`ext-${text}`]: '*' }
  return JSON.stringify({ name: text, dependencies: names, devDependencies: names, require: names, workspaces: [text] })
}

function withCommands(text: string): string {
  return JSON.stringify({ scripts: { prestart: text, start: text, build: text, postinstall: text } })
}

function withRanges(text: string): string {
  const require = { php: text, 'ext-json': text }
  const fields = { engines: { node: text, npm: text }, require, config: { platform: { php: text } } }
  return JSON.stringify({ scripts: { start: 'x' }, packageManager: `npm@${text}`, ...fields })
}

function withPaths(path: string): string {
  return JSON.stringify({ main: path, extra: { 'public-dir': path }, config: { 'vendor-dir': path } })
}

const TREES: readonly HostileTree[] = [
  { name: 'no file at all', files: {} },
  { name: 'a file whose name is shell', files: { [SHELL.replaceAll('/', '_')]: '' } },
  { name: 'a file whose name has line breaks', files: { [`a${LINES}/index.html`]: '', [`b${LINES}.php`]: '' } },
  { name: 'files named like prototypes', files: { ['__proto__']: '', 'constructor/index.html': '', toString: '' } },
  { name: 'an empty Procfile', files: { Procfile: '' } },
  { name: 'a Procfile without types', files: { Procfile: 'node server.js' } },
  { name: 'a Procfile with NUL', files: { Procfile: 'web: \0', 'index.html': '', 'index.php': '' } },
  { name: 'a Procfile over its limit', files: { Procfile: `web: ${'x'.repeat(3 * 1024 * 1024)}`, 'index.html': '' } },
  { name: 'files in the folder that plans write to', files: { '.webspaces/static-server.mjs': '', 'index.html': '' } },
  { name: 'a file in the place of that folder', files: { '.webspaces': '', 'index.html': '', 'index.php': '' } },
]
