import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { paths } from '../paths.ts'
import { run } from '../run.ts'
import { imageFolder, type BaseImage } from './base-image.ts'
import { debianImage, toolsImage } from './debian.ts'
import { build } from './docker.ts'
import { NODE_MAJORS } from './names.ts'

const NPM = 'npm@11'
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt'
const BINARY_PACKAGE = `node-linux-${process.arch}`

/** For each major a slim image and one with compilers. */
export const nodeImages: readonly BaseImage[] = NODE_MAJORS.flatMap((major) => [
  nodeImage(major, `node:${major}-bookworm-slim`, debianImage),
  nodeImage(major, `node:${major}-bookworm`, toolsImage),
])

function nodeImage(major: string, name: string, base: BaseImage): BaseImage {
  return {
    names: [name],
    base,
    ingredients: [import.meta.filename, imageFolder('node'), major],
    async make(imageName, work) {
      cpSync(imageFolder('node'), work, { recursive: true })
      await layOut(major, resolve(work, 'root'))
      await build(imageName, work, { BASE: base.names[0] })
    },
  }
}

/** What goes to /usr/local. The binaries are packages of the npm registry, as npm itself is. */
async function layOut(major: string, root: string): Promise<void> {
  const packages = await download(major)
  for (const folder of ['bin', 'lib/node_modules', 'etc']) mkdirSync(resolve(root, folder), { recursive: true })
  const keepTimes = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true }
  cpSync(resolve(packages, 'npm'), resolve(root, 'lib/node_modules/npm'), keepTimes)
  cpSync(resolve(packages, BINARY_PACKAGE, 'bin/node'), resolve(root, 'bin/node'), keepTimes)
  writeNpmSettings(resolve(root, 'etc'))
}

/** Once for both images of a major. */
async function download(major: string): Promise<string> {
  const folder = resolve(paths.cache.work, `node-${major}`)
  if (!existsSync(folder)) {
    const options = ['--prefix', folder, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund']
    await run('npm', ['install', ...options, NPM, `${BINARY_PACKAGE}@${major}`], { cwd: '/', seconds: 300 })
  }
  return resolve(folder, 'node_modules')
}

/** A build trusts the authorities that this machine trusts: there may be one of a company's own before the registry. */
function writeNpmSettings(folder: string): void {
  if (!existsSync(AUTHORITIES)) return
  copyFileSync(AUTHORITIES, resolve(folder, 'npm-authorities.pem'))
  writeFileSync(resolve(folder, 'npmrc'), 'cafile=/usr/local/etc/npm-authorities.pem\n')
}
