import { imageFolder, type BaseImage } from './base-image.ts'
import { debianImage } from './debian.ts'
import { build } from './docker.ts'
import { PHP_VERSIONS } from './names.ts'

const [defaultVersion, ...otherVersions] = PHP_VERSIONS

export const phpImage: BaseImage = {
  names: [nameOf(defaultVersion), ...otherVersions.map(nameOf)],
  base: debianImage,
  ingredients: [imageFolder('php')],
  make: (name) => build(name, imageFolder('php')),
}

export const composerImage: BaseImage = {
  names: ['composer:2'],
  base: phpImage,
  ingredients: [imageFolder('composer')],
  make: (name) => build(name, imageFolder('composer'), { BASE: phpImage.names[0] }),
}

function nameOf(version: string): string {
  return `php:${version}-apache-bookworm`
}
