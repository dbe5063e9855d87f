import { cpSync } from 'node:fs'
import { resolve } from 'node:path'
import { run } from '../run.ts'
import { imageFolder, type BaseImage } from './base-image.ts'
import { build } from './docker.ts'
import { PAUSE_IMAGE } from './names.ts'

/** The first container of every pod. */
export const pauseImage: BaseImage = {
  names: [PAUSE_IMAGE],
  ingredients: [imageFolder('pause')],
  async make(name, work) {
    cpSync(imageFolder('pause'), work, { recursive: true })
    await run('gcc', ['-Os', '-static', '-s', '-o', resolve(work, 'pause'), resolve(work, 'pause.c')])
    await build(name, work)
  },
}
