import type { Plan, Runtime } from '@webspaces/core'
import { renderTemplate } from '@webspaces/core'
import { runtimesOf, sourceTree } from '@webspaces/core/testing'
import { expect, test } from 'vitest'
import { phpRuntime } from './index.ts'
import { semverRange } from './php-version.ts'

const [runtime] = runtimesOf(phpRuntime()) as [Runtime]

async function planOf(files: Record<string, string>): Promise<{ plan: Plan; notes: readonly string[] }> {
  const inspection = await runtime.inspect(sourceTree(files), {})
  if (inspection.type !== 'fits') throw new Error(JSON.stringify(inspection))
  return { plan: runtime.plan(inspection.facts, {}), notes: inspection.notes }
}

const json = (value: unknown): string => JSON.stringify(value)
const COMPOSER = 'COMPOSER_ALLOW_SUPERUSER=1 composer install --no-dev'
const DOWNLOAD = `${COMPOSER} --no-scripts --no-autoloader --no-interaction --no-progress`
const INSTALL = `${COMPOSER} --optimize-autoloader --no-interaction --no-progress`

interface Expected {
  readonly steps: readonly string[]
  readonly template: Plan['template']
}

const TREES: Record<string, { files: Record<string, string>; expected: Expected }> = {
  Laravel: {
    files: {
      'composer.json': json({
        require: { php: '^8.2', 'laravel/framework': '^12.0' },
        autoload: { 'psr-4': { 'App\\': 'app/' } },
        scripts: { 'post-autoload-dump': ['@php artisan package:discover --ansi'] },
      }),
      'composer.lock': json({
        packages: [
          { name: 'laravel/framework', require: { php: '^8.2', 'ext-mbstring': '*', 'ext-intl': '*' } },
          { name: 'league/flysystem', require: [] },
        ],
      }),
      'public/index.php': '',
      'package.json': '{}',
      artisan: '',
    },
    expected: {
      steps: ['php .webspaces/check-extensions.php intl mbstring', DOWNLOAD, INSTALL],
      template: {
        phpVersion: '8.4',
        documentRoot: '/app/public',
        bundled: 'intl',
        packages: 'libicu-dev',
        frontController: '/index.php',
      },
    },
  },
  'Symfony with a folder of its own': {
    files: {
      'composer.json': json({
        require: { php: '>=8.1 <8.4', 'ext-ctype': '*', 'symfony/runtime': '7.4.*' },
        extra: { 'public-dir': 'htdocs/' },
        config: { platform: { php: '8.2.4' } },
      }),
      'composer.lock': json({ packages: [] }),
      'htdocs/index.php': '',
    },
    expected: {
      steps: ['php .webspaces/check-extensions.php ctype', DOWNLOAD, INSTALL],
      template: { phpVersion: '8.2', documentRoot: '/app/htdocs', bundled: '' },
    },
  },
  'WordPress, as it comes': {
    files: { 'index.php': '', 'wp-login.php': '', 'wp-content/index.php': '' },
    expected: {
      steps: [],
      template: { phpVersion: '8.4', documentRoot: '/app', frontController: '/index.php', composer: false },
    },
  },
  'Drupal, in web': {
    files: {
      'composer.json': json({ require: { 'drupal/core': '^11', 'ext-gd': '*', 'ext-redis': '*' } }),
      'web/index.php': '',
    },
    expected: {
      steps: ['php .webspaces/check-extensions.php gd redis', INSTALL],
      template: {
        documentRoot: '/app/web',
        configure: ['gd --with-freetype --with-jpeg --with-webp'],
        pecl: 'redis',
        manifests: '',
      },
    },
  },
  'a Procfile for Heroku': {
    files: {
      'composer.json': json({ require: { php: '~8.3' } }),
      Procfile: 'web: vendor/bin/heroku-php-apache2 www/',
      'www/index.php': '',
    },
    expected: { steps: [], template: { phpVersion: '8.4', documentRoot: '/app/www', command: '' } },
  },
  'a server of its own': {
    files: { 'composer.json': json({}), Procfile: 'web: php server.php --port=$PORT' },
    expected: { steps: [], template: { command: json(['/bin/sh', '-c', 'exec php server.php --port=$PORT']) } },
  },
  'packages in folders of the repository': {
    files: {
      'composer.json': json({ require: { 'acme/x': '*' }, repositories: [{ type: 'path', url: 'x' }] }),
      'composer.lock': json({}),
      'index.php': '',
    },
    expected: { steps: [INSTALL], template: { manifests: '' } },
  },
  'classes and no packages': {
    files: { 'composer.json': json({ require: { php: '^8' }, autoload: { classmap: ['src'] } }), 'index.php': '' },
    expected: { steps: [INSTALL], template: { composer: true } },
  },
}

test.each(Object.entries(TREES))('%s', async (_, { files, expected }) => {
  const { plan } = await planOf(files)
  expect(plan.steps.map((step) => step.run)).toEqual(expected.steps)
  expect(plan.template).toMatchObject(expected.template)
})

test('a package that takes no PHP here is named', async () => {
  const lock = json({ packages: [{ name: 'old/thing', require: { php: '>=7.2 <8.0' } }] })
  const files = { 'composer.json': json({ require: { 'old/thing': '1' } }), 'composer.lock': lock, 'index.php': '' }
  expect(await runtime.inspect(sourceTree(files), {})).toMatchObject({
    type: 'unfit',
    path: 'composer.lock',
    problem: expect.stringContaining('old/thing') as string,
  })
})

test.each([
  ['^8.1', '8.1.0', true],
  ['^8.1', '9.0.0', false],
  ['~8.1', '8.4.0', true],
  ['~8.1.0', '8.2.0', false],
  ['8.1.*', '8.1.9', true],
  ['>=8.1,<8.4', '8.4.0', false],
  ['>= 8.1 < 8.4', '8.3.0', true],
  ['^7.4|^8.0', '8.3.0', true],
  ['^7.4 || ^8.0', '8.3.0', true],
  ['8.1 - 8.3', '8.3.5', true],
  ['>=8.1@stable', '8.3.0', true],
  ['>=8.1 !=8.2.5', '8.2.6', true],
  ['v8.2.1.0', '8.2.1', true],
  ['*', '8.5.0', true],
])('composer reads %j so that %s is taken: %j', async (constraint, version, taken) => {
  const { satisfies } = await import('semver')
  expect(satisfies(version, semverRange(constraint) ?? '')).toBe(taken)
})

test('no line of the Dockerfile is lost or broken by what is optional', async () => {
  const { plan } = await planOf(TREES['Drupal, in web']?.files ?? {})
  const lines = renderTemplate(runtime.dockerfile, plan.template).split('\n')
  const instruction = /^(#.*|FROM|RUN|COPY|ENV|WORKDIR|USER|EXPOSE|STOPSIGNAL|CMD|$)/
  for (const [index, line] of lines.entries()) {
    const continued = lines[index - 1]?.endsWith('\\') === true
    expect(continued ? /^ {4}/.test(line) : instruction.test(line), line).toBe(true)
  }
})
