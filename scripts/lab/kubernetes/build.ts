/**
 * Builds Kubernetes 1.20.2 from Debian 12's source package. It has all dependencies in it, so that nothing else is
 * fetched, and it is from before its build took Go modules: it wants to lie in a GOPATH.
 */
import { copyFileSync, cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { aptInstall, debianRepositories } from '../machine/packages.ts'
import { paths } from '../paths.ts'
import { run, type RunOptions } from '../run.ts'

const IMPORT_PATH = 'k8s.io/kubernetes'

export async function buildKubernetes(
  programs: readonly string[],
  version: string,
  destination: string,
): Promise<void> {
  const work = resolve(paths.cache.work, 'kubernetes-source')
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  await aptInstall(['golang-go', 'dpkg-dev', 'ca-certificates'])
  const tree = resolve(work, 'go/src', IMPORT_PATH)
  await fetchSource(work, tree)
  await replaceReflect2(tree)

  const go: RunOptions = {
    cwd: tree,
    environment: {
      GOPATH: resolve(work, 'go'),
      GOCACHE: resolve(work, 'cache'),
      GO111MODULE: 'off',
      GOFLAGS: '',
      CGO_ENABLED: '0',
    },
    seconds: 3600,
  }
  await generateOpenApi(tree, go)
  for (const program of programs) {
    await run('go', ['build', '-ldflags', linkerFlags(version), '-o', resolve(work, program), `./cmd/${program}`], go)
    copyFileSync(resolve(work, program), resolve(destination, program))
  }
  rmSync(work, { recursive: true, force: true })
}

/** With sources lists of its own, since a machine's usually lack `deb-src`. */
async function fetchSource(work: string, tree: string): Promise<void> {
  const sources = resolve(work, 'sources.list')
  const repositories = await debianRepositories()
  writeFileSync(sources, repositories.map(({ uri, release }) => `deb-src ${uri} ${release} main\n`).join(''))
  mkdirSync(resolve(work, 'lists/partial'), { recursive: true })
  const options = [
    ...['-o', `Dir::Etc::SourceList=${sources}`, '-o', 'Dir::Etc::SourceParts=-'],
    ...['-o', `Dir::State::Lists=${resolve(work, 'lists')}`, '-o', 'APT::Sandbox::User=root'],
  ]
  await run('apt-get', [...options, 'update'], { seconds: 300 })
  await run('apt-get', [...options, 'source', 'kubernetes'], { cwd: work, seconds: 900 })
  const unpacked = globSync('kubernetes-*/', { cwd: work })[0]
  if (unpacked === undefined) throw new Error('apt-get source kubernetes unpacked nothing')
  mkdirSync(resolve(tree, '..'), { recursive: true })
  renameSync(resolve(work, unpacked), tree)
}

/**
 * The source package has reflect2 1.0.1, which reads the runtime's maps by a layout that Go changed in 1.18. An API
 * server built with it ends by SIGSEGV on the first write of a custom resource. Debian's package has one that works.
 */
async function replaceReflect2(tree: string): Promise<void> {
  await aptInstall(['golang-github-modern-go-reflect2-dev'])
  const name = 'github.com/modern-go/reflect2'
  const vendored = resolve(tree, 'vendor', name)
  rmSync(vendored, { recursive: true })
  cpSync(resolve('/usr/share/gocode/src', name), vendored, { recursive: true, dereference: true })
}

/** The API server's description of its types is generated, and not in the source package. */
async function generateOpenApi(tree: string, go: RunOptions): Promise<void> {
  const generator = resolve(tree, '../openapi-gen')
  await run('go', ['build', '-o', generator, `./vendor/k8s.io/kube-openapi/cmd/openapi-gen`], go)
  const folders = ['pkg', 'cmd', 'plugin', 'staging/src/k8s.io', 'vendor/k8s.io']
  const documents = globSync(
    folders.map((folder) => `${folder}/**/*.go`),
    { cwd: tree },
  )
  const tagged = documents
    .filter((file) => /^\/\/ \+k8s:openapi-gen=/m.test(readFileSync(resolve(tree, file), 'utf8')))
    .map((file) =>
      resolve('/', file, '..')
        .slice(1)
        .replace(/^staging\/src\//, 'vendor/'),
    )
  await run(
    generator,
    [
      ...['--go-header-file', 'hack/boilerplate/boilerplate.generatego.txt', '--output-base', resolve(tree, '../..')],
      ...['--output-package', `${IMPORT_PATH}/pkg/generated/openapi`, '--output-file-base', 'zz_generated.openapi'],
      ...['--report-filename', '/dev/null'],
      ...['--input-dirs', [...new Set(tagged)].map((folder) => `${IMPORT_PATH}/${folder}`).join(',')],
    ],
    go,
  )
}

/** A server with no version is taken for one from before all features. */
function linkerFlags(version: string): string {
  const [major = '', minor = ''] = version.slice(1).split('.')
  const settings = ['component-base/version', 'client-go/pkg/version']
    .map((name) => `${IMPORT_PATH}/vendor/k8s.io/${name}`)
    .flatMap((name) => [`${name}.gitVersion=${version}`, `${name}.gitMajor=${major}`, `${name}.gitMinor=${minor}`])
    .map((setting) => `-X ${setting}`)
  // Without tables for debuggers, which are a third of the programs.
  return ['-s', '-w', ...settings].join(' ')
}
