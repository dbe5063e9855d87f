import { rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { debianRepositories } from '../machine/packages.ts'
import { run } from '../run.ts'
import { imageFolder, type BaseImage } from './base-image.ts'
import { build, docker } from './docker.ts'
import { DEBIAN_IMAGE, TOOLS_IMAGE } from './names.ts'

export const debianImage: BaseImage = {
  names: [DEBIAN_IMAGE],
  ingredients: [import.meta.filename],
  async make(name, work) {
    const root = resolve(work, 'root')
    const repositories = await debianRepositories()
    const archive = repositories[0]?.uri ?? ''
    await run('debootstrap', ['--variant=minbase', 'bookworm', root, archive], { seconds: 600 })
    const sources = repositories.map(({ uri, release }) => `deb ${uri} ${release} main\n`).join('')
    writeFileSync(resolve(root, 'etc/apt/sources.list'), sources)
    await run('chroot', [root, 'apt-get', 'clean'])
    rmSync(resolve(root, 'var/lib/apt/lists'), { recursive: true })
    const archiveFile = resolve(work, 'root.tar')
    await run('tar', ['--create', '--numeric-owner', '--file', archiveFile, '--directory', root, '.'], { seconds: 120 })
    await docker(['import', '--change', 'CMD ["bash"]', archiveFile, name], { seconds: 120 })
  },
}

/** Debian with what compiles packages. */
export const toolsImage: BaseImage = {
  names: [TOOLS_IMAGE],
  base: debianImage,
  ingredients: [imageFolder('build-tools')],
  make: (name) => build(name, imageFolder('build-tools')),
}
