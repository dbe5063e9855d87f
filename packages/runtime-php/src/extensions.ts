import { refuse, shown } from '@webspaces/core'
import type { Composer } from './composer.ts'

interface Recipe {
  /** Debian packages that it is compiled with. */
  readonly packages?: readonly string[]
  /** Options for docker-php-ext-configure. */
  readonly configure?: string
}

/** In the official images as they are. */
const BUILT_IN = new Set(
  (
    'core ctype curl date dom fileinfo filter ftp hash iconv json libxml mbstring mysqlnd openssl pcre pdo ' +
    'pdo_sqlite phar posix random readline reflection session simplexml sodium spl sqlite3 standard tokenizer xml ' +
    'xmlreader xmlwriter zlib opcache zend-opcache'
  ).split(' '),
)

/** Part of PHP's source: compiled by docker-php-ext-install. */
const BUNDLED: Readonly<Record<string, Recipe>> = {
  bcmath: {},
  bz2: { packages: ['libbz2-dev'] },
  calendar: {},
  dba: {},
  exif: {},
  ffi: { packages: ['libffi-dev'] },
  gd: {
    packages: ['libfreetype6-dev', 'libjpeg62-turbo-dev', 'libpng-dev', 'libwebp-dev'],
    configure: '--with-freetype --with-jpeg --with-webp',
  },
  gettext: {},
  gmp: { packages: ['libgmp-dev'] },
  intl: { packages: ['libicu-dev'] },
  ldap: { packages: ['libldap2-dev'] },
  mysqli: {},
  pcntl: {},
  pdo_mysql: {},
  pdo_pgsql: { packages: ['libpq-dev'] },
  pgsql: { packages: ['libpq-dev'] },
  shmop: {},
  soap: { packages: ['libxml2-dev'] },
  sockets: {},
  sysvmsg: {},
  sysvsem: {},
  sysvshm: {},
  tidy: { packages: ['libtidy-dev'] },
  xsl: { packages: ['libxslt1-dev'] },
  zip: { packages: ['libzip-dev'] },
}

/** From https://pecl.php.net */
const PECL: Readonly<Record<string, Recipe>> = {
  amqp: { packages: ['librabbitmq-dev'] },
  apcu: {},
  ast: {},
  ds: {},
  igbinary: {},
  imagick: { packages: ['libmagickwand-dev'] },
  memcached: { packages: ['libmemcached-dev', 'libssl-dev', 'zlib1g-dev'] },
  mongodb: { packages: ['libssl-dev'] },
  msgpack: {},
  redis: {},
  uuid: { packages: ['uuid-dev'] },
  yaml: { packages: ['libyaml-dev'] },
}

/**
 * The extensions that the site and its locked packages require, sorted, without `ext-`.
 * @throws a refusal for one that is not known
 */
export function requiredExtensions({ manifest, locked }: Composer): string[] {
  const names = new Set<string>()
  const add = (path: string, requirements: Readonly<Record<string, string>>): void => {
    for (const requirement of Object.keys(requirements)) {
      if (!requirement.toLowerCase().startsWith('ext-')) continue
      const name = requirement.slice('ext-'.length).toLowerCase()
      if (!BUILT_IN.has(name) && !Object.hasOwn(BUNDLED, name) && !Object.hasOwn(PECL, name))
        throw unknown(path, requirement)
      names.add(name === 'zend-opcache' ? 'opcache' : name)
    }
  }
  add('composer.json', manifest.require)
  for (const { require } of locked) add('composer.lock', require)
  return [...names].sort()
}

function unknown(path: string, requirement: string): Error {
  const known = [...Object.keys(BUNDLED), ...Object.keys(PECL)].sort().join(', ')
  return refuse(
    path,
    `the extension ${shown(requirement)} cannot be installed here`,
    `Do without it, or bring a Dockerfile of your own. Known besides those of every PHP: ${known}`,
  )
}

/** What the Dockerfile template is told about extensions. */
export interface ExtensionSteps {
  readonly packages: readonly string[]
  /** Arguments of docker-php-ext-configure. */
  readonly configure: readonly string[]
  readonly bundled: readonly string[]
  readonly pecl: readonly string[]
}

export function extensionSteps(extensions: readonly string[]): ExtensionSteps {
  const bundled = extensions.filter((name) => Object.hasOwn(BUNDLED, name))
  const pecl = extensions.filter((name) => Object.hasOwn(PECL, name))
  const recipes = [...bundled.map((name) => BUNDLED[name]), ...pecl.map((name) => PECL[name])]
  return {
    packages: [...new Set(recipes.flatMap((recipe) => recipe?.packages ?? []))].sort(),
    configure: bundled.flatMap((name) => {
      const options = BUNDLED[name]?.configure
      return options === undefined ? [] : [`${name} ${options}`]
    }),
    bundled,
    pecl,
  }
}
