import type { Plan, Runtime } from '@webspaces/core'
import { runtimesOf, sourceTree } from '@webspaces/core/testing'
import { expect, test } from 'vitest'
import { nodeRuntime } from './index.ts'

const [runtime] = runtimesOf(nodeRuntime()) as [Runtime]

async function planOf(files: Record<string, string>): Promise<{ plan: Plan; notes: readonly string[] }> {
  const inspection = await runtime.inspect(sourceTree(files), {})
  if (inspection.type !== 'fits') throw new Error(JSON.stringify(inspection))
  return { plan: runtime.plan(inspection.facts, {}), notes: inspection.notes }
}

const json = (value: unknown): string => JSON.stringify(value)
const COLLECT = 'sh .webspaces/collect-site.sh'
const IN_PATH = 'export PATH="$PWD/node_modules/.bin:$PATH"; '
const SERVE_BUILT = 'exec node .webspaces/static-server.mjs --spa .webspaces/site'

interface Expected {
  readonly steps: readonly string[]
  readonly start: string
  /** The CMD of the image. */
  readonly command?: readonly string[]
  /** What decides the install, where a list of files does. */
  readonly inputs?: readonly string[]
}

const TREES: Record<string, { files: Record<string, string>; expected: Expected }> = {
  'Express with npm': {
    files: {
      'package.json': json({ scripts: { start: 'node ./bin/www' }, dependencies: { express: '^5' }, main: 'app.js' }),
      'package-lock.json': '{}',
      '.npmrc': 'save-exact=true',
      'app.js': '',
    },
    expected: {
      steps: ['npm ci --omit=dev --no-audit --no-fund'],
      start: `${IN_PATH}exec node ./bin/www`,
      command: ['node', './bin/www'],
      inputs: ['package.json', 'package-lock.json', '.npmrc'],
    },
  },
  'Next.js': {
    files: {
      'package.json': json({
        scripts: { dev: 'next dev', build: 'next build', start: 'next start' },
        dependencies: { next: '16', react: '19' },
        devDependencies: { typescript: '6' },
      }),
      'package-lock.json': '{}',
    },
    expected: {
      steps: [
        'npm ci --include=dev --no-audit --no-fund',
        'npm run build',
        'npm prune --omit=dev --ignore-scripts --no-audit --no-fund',
      ],
      start: `${IN_PATH}exec next start`,
      command: ['next', 'start'],
      inputs: ['package.json', 'package-lock.json'],
    },
  },
  'a React app made by Vite': {
    files: {
      'package.json': json({
        scripts: { dev: 'vite', build: 'tsc -b && vite build', preview: 'vite preview' },
        dependencies: { react: '19' },
        devDependencies: { vite: '8' },
      }),
      'package-lock.json': '{}',
      'index.html': '',
    },
    expected: {
      steps: ['npm ci --include=dev --no-audit --no-fund', 'npm run build', COLLECT],
      start: IN_PATH + SERVE_BUILT,
    },
  },
  'Create React App, whose start is a development server': {
    files: {
      'package.json': json({
        scripts: { start: 'react-scripts start', build: 'react-scripts build' },
        dependencies: { 'react-scripts': '5' },
      }),
      'yarn.lock': '# yarn lockfile v1\n',
      'public/index.html': '',
    },
    expected: {
      steps: [
        'npx --yes --package=yarn@1.22.22 -- yarn install --frozen-lockfile --non-interactive --production=true',
        'npx --yes --package=yarn@1.22.22 -- yarn run build',
        COLLECT,
      ],
      start: IN_PATH + SERVE_BUILT,
    },
  },
  NestJS: {
    files: {
      'package.json': json({
        scripts: { build: 'nest build', start: 'nest start', 'start:prod': 'node dist/main', prestart: 'rimraf dist' },
        dependencies: { '@nestjs/core': '11' },
        devDependencies: { '@nestjs/cli': '11' },
      }),
      'package-lock.json': '{}',
    },
    expected: {
      steps: [
        'npm ci --include=dev --no-audit --no-fund',
        'npm run build',
        'npm prune --omit=dev --ignore-scripts --no-audit --no-fund',
      ],
      start: `${IN_PATH}exec node dist/main`,
      command: ['node', 'dist/main'],
    },
  },
  'a pnpm workspace': {
    files: {
      'package.json': json({
        packageManager: 'pnpm@10.34.8+sha512.0123456789abcdef',
        scripts: { build: 'pnpm -r build', start: 'pnpm --filter web start' },
        devDependencies: { typescript: '6' },
      }),
      'pnpm-workspace.yaml': 'packages: [apps/*]\n',
      'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
      'apps/web/package.json': json({ scripts: { start: 'node .' } }),
    },
    expected: {
      steps: [
        'CI=true npx --yes --package=pnpm@10.34.8 -- pnpm install --frozen-lockfile --prod=false',
        'npx --yes --package=pnpm@10.34.8 -- pnpm run build',
        'CI=true npx --yes --package=pnpm@10.34.8 -- pnpm prune --prod --ignore-scripts',
      ],
      start: `${IN_PATH}exec npx --yes --package=pnpm@10.34.8 -- pnpm run start`,
      command: ['pnpm', 'run', 'start'],
    },
  },
  'an npm workspace that starts one of its packages': {
    files: {
      'package.json': json({ workspaces: ['apps/*'], scripts: { start: 'npm start --workspace=apps/web' } }),
      'package-lock.json': '{}',
      'apps/web/package.json': json({ scripts: { start: 'node .' } }),
    },
    expected: {
      steps: ['npm ci --omit=dev --no-audit --no-fund'],
      start: `${IN_PATH}exec npm start --workspace=apps/web`,
      command: ['npm', 'start', '--workspace=apps/web'],
    },
  },
  'Yarn since 2, with its release committed': {
    files: {
      'package.json': json({
        scripts: { start: 'yarn serve', serve: 'fastify start app.js' },
        dependencies: { fastify: '5' },
      }),
      'yarn.lock': '# This file is generated\n\n__metadata:\n  version: 8\n',
      '.yarnrc.yml': 'yarnPath: .yarn/releases/yarn-4.9.1.cjs\n',
      '.yarn/releases/yarn-4.9.1.cjs': '',
    },
    expected: {
      steps: [
        'YARN_NODE_LINKER=node-modules YARN_ENABLE_TELEMETRY=0 npx --yes --package=@yarnpkg/cli-dist@4.9.1 -- yarn install --immutable',
      ],
      start: `${IN_PATH}exec fastify start app.js`,
      command: ['fastify', 'start', 'app.js'],
    },
  },
  'a server that migrates its database first': {
    files: {
      'package.json': json({
        scripts: { prestart: 'prisma generate; prisma migrate deploy', start: 'NODE_OPTIONS="--import ./i.js" node .' },
        dependencies: { prisma: '7' },
      }),
      'package-lock.json': '{}',
    },
    expected: {
      steps: ['npm ci --omit=dev --no-audit --no-fund'],
      start: `${IN_PATH}(prisma generate; prisma migrate deploy) && exec env NODE_OPTIONS="--import ./i.js" node .`,
    },
  },
  'a Procfile': {
    files: {
      Procfile: '# production\nweb: node --max-old-space-size=256 server.js\nworker: node worker.js\n',
      'package.json': json({ scripts: { start: 'nodemon' } }),
    },
    expected: {
      steps: [],
      start: 'exec node --max-old-space-size=256 server.js',
      command: ['node', '--max-old-space-size=256', 'server.js'],
    },
  },
  'husky, whose prepare script needs a devDependency': {
    files: {
      'package.json': json({ main: 'index.js', scripts: { prepare: 'husky' }, devDependencies: { husky: '9' } }),
      'package-lock.json': '{}',
      'index.js': '',
    },
    expected: {
      steps: [
        'npm ci --include=dev --no-audit --no-fund',
        'npm prune --omit=dev --ignore-scripts --no-audit --no-fund',
      ],
      start: `${IN_PATH}exec node index.js`,
    },
  },
  'a server without dependencies': {
    files: { 'server.js': '' },
    expected: { steps: [], start: 'exec node server.js', command: ['node', 'server.js'] },
  },
  'files in public': {
    files: { 'public/index.html': '' },
    expected: { steps: [], start: 'exec node .webspaces/static-server.mjs public' },
  },
}

test.each(Object.entries(TREES))('%s', async (_, { files, expected }) => {
  const { plan } = await planOf(files)
  expect(plan.steps.map((step) => step.run)).toEqual(expected.steps)
  expect(plan.start).toBe(expected.start)
  if (expected.command !== undefined) expect(plan.template['start']).toBe(JSON.stringify(expected.command))
  if (expected.inputs !== undefined)
    expect(plan.steps[0]?.cache).toEqual({ inputs: expected.inputs, folder: 'node_modules' })
})

test('a workspace, a patch, an install script or a missing lockfile makes the install depend on more than the manifests', async () => {
  const base = { scripts: { start: 'node .' }, dependencies: { express: '^5' } }
  const cases: Record<string, string>[] = [
    { 'package.json': json({ ...base, workspaces: ['a'] }), 'package-lock.json': '{}' },
    { 'package.json': json({ ...base, dependencies: { local: 'file:./local' } }), 'package-lock.json': '{}' },
    { 'package.json': json({ ...base, scripts: { ...base.scripts, postinstall: 'x' } }), 'package-lock.json': '{}' },
    { 'package.json': json(base), 'package-lock.json': '{}', 'patches/express+5.patch': '' },
    { 'package.json': json(base) },
  ]
  for (const files of cases) {
    const { plan } = await planOf(files)
    expect(plan.steps[0]?.title).toBe('Installing dependencies')
    expect(plan.steps[0]?.cache, json(files)).toBeUndefined()
  }
})

test('of two lockfiles the one that packageManager names is taken, and the other one is told of', async () => {
  const both = { 'package-lock.json': '{}', 'yarn.lock': '' }
  const manifest = { scripts: { start: 'node .' }, dependencies: { express: '^5' } }
  const guessed = await planOf({ ...both, 'package.json': json(manifest) })
  expect(guessed.plan.steps[0]?.run).toContain('yarn install')
  expect(guessed.notes.join('\n')).toContain('Not used: package-lock.json; "packageManager" in package.json')
  const said = await planOf({ ...both, 'package.json': json({ ...manifest, packageManager: 'npm@11.0.0' }) })
  expect(said.plan.steps[0]?.run).toContain('npm ci')
  expect(said.notes).toContain('Not used: yarn.lock')
})

test.each([
  [undefined, '24'],
  ['>=18', '24'],
  ['^22.12', '22'],
  ['20.x || 22.x', '22'],
  ['>=25', '26'],
  ['20.11.1', '20'],
])('engines.node %j gives Node.js %s', async (node, major) => {
  const { plan } = await planOf({ 'package.json': json({ engines: { node } }), 'server.js': '' })
  expect(plan.template['image']).toBe(`node:${major}-bookworm-slim`)
})

test('broken JSON is refused with line and column, whatever the version of Node says', async () => {
  const inspection = await runtime.inspect(sourceTree({ 'package.json': '{\n  "name": "x",\n  oops\n}' }), {})
  expect(inspection).toMatchObject({ type: 'unfit', path: 'package.json' })
  expect(inspection).toHaveProperty('problem', expect.stringContaining('line 3, column 3') as string)
})

test('an option that is no version is told to the admin by code', async () => {
  await expect(runtime.inspect(sourceTree({ 'server.js': '' }), { nodeVersion: '7' })).rejects.toMatchObject({
    code: 'WS_NODE_OPTION',
  })
})
