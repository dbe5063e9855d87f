import { execLast, quoteShell, type Plan, type Step } from '@webspaces/core'
import type { Assets } from './assets.ts'
import { extensionSteps } from './extensions.ts'
import type { PhpFacts } from './facts.ts'

const PORT = 8080

// In an image Composer runs as root, and would switch its plugins off.
const COMPOSER = 'COMPOSER_ALLOW_SUPERUSER=1 composer'
// First the packages, which the lockfile decides; then the class map and the scripts, which see the whole tree.
const DOWNLOAD = `${COMPOSER} install --no-dev --no-scripts --no-autoloader --no-interaction --no-progress`
const INSTALL = `${COMPOSER} install --no-dev --optimize-autoloader --no-interaction --no-progress`

export function makePlan(facts: PhpFacts, assets: Assets, runtime: string): Plan {
  return {
    version: 1,
    runtime,
    template: templateValues(facts),
    tools: [
      {
        name: 'php',
        ...(facts.phpRange === null ? {} : { range: facts.phpRange }),
        hint: `Install PHP ${facts.php}: apt-get install php-cli`,
      },
      ...(facts.composer === null ? [] : [{ name: 'composer', hint: 'Install Composer: apt-get install composer' }]),
    ],
    steps: stepsOf(facts),
    files: {
      '.webspaces/apache.conf': assets.apache,
      '.webspaces/ports.conf': assets.ports,
      '.webspaces/php.ini': assets.ini,
      '.webspaces/router.php': assets.router,
      ...(facts.extensions.length === 0 ? {} : { '.webspaces/check-extensions.php': assets.checkExtensions }),
    },
    start: facts.command === null ? serveLocally(facts) : execLast(facts.command),
    env: {},
    port: PORT,
    healthPath: '/',
  }
}

/**
 * PHP's own web server with four workers, so that a request of the site to itself is answered.
 *
 * A signal has to go to the process group: sent to the first process alone it leaves the workers behind, and with them
 * the port.
 */
function serveLocally(facts: PhpFacts): string {
  const settings = '-d display_errors=0 -d log_errors=1 -d expose_php=0'
  return (
    'PHP_CLI_SERVER_WORKERS=4 ' +
    `exec php ${settings} -S "0.0.0.0:$PORT" -t ${quoteShell(facts.documentRoot)} .webspaces/router.php`
  )
}

function stepsOf(facts: PhpFacts): Step[] {
  const steps: Step[] = []
  if (facts.extensions.length > 0) {
    const names = facts.extensions.map(quoteShell).join(' ')
    steps.push({ title: 'Checking PHP extensions', run: `php .webspaces/check-extensions.php ${names}` })
  }
  if (facts.composer !== null) {
    const { inputs } = facts.composer
    if (inputs !== null)
      steps.push({ title: 'Installing packages', run: DOWNLOAD, cache: { inputs, folder: 'vendor' } })
    steps.push({ title: inputs === null ? 'Installing packages' : 'Preparing the autoloader', run: INSTALL })
  }
  return steps
}

function templateValues(facts: PhpFacts): Plan['template'] {
  const { packages, configure, bundled, pecl } = extensionSteps(facts.extensions)
  const inputs = facts.composer?.inputs ?? null
  return {
    phpVersion: facts.php,
    extensions: bundled.length + pecl.length > 0,
    packages: packages.join(' '),
    configure,
    bundled: bundled.join(' '),
    pecl: pecl.join(' '),
    // Part of PHP itself since 8.5; before, the images have it and leave it off.
    enableOpcache: ['8.1', '8.2', '8.3', '8.4'].includes(facts.php),
    composer: facts.composer !== null,
    manifests: inputs === null ? '' : JSON.stringify([...inputs, './']),
    download: DOWNLOAD,
    install: INSTALL,
    documentRoot: facts.documentRoot === '.' ? '/app' : `/app/${facts.documentRoot}`,
    frontController: facts.frontController ? '/index.php' : 'disabled',
    command: facts.command === null ? '' : JSON.stringify(['/bin/sh', '-c', execLast(facts.command)]),
    port: PORT,
  }
}
