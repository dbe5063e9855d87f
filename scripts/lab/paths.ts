/** Where the lab keeps its things. All of it lies under one folder, on a disk that overlay2 works on. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export const checkout = resolve(import.meta.dirname, '../..')

/** Shell lines for whoever uses the lab. */
const environment = resolve(checkout, '.lab/env')

/** Where LAB_ROOT says, or else where the lab was brought up: who stops a part from another shell means that one. */
const root = resolve(process.env['LAB_ROOT'] ?? rootOfLab() ?? '/var/lib/webspaces-lab')
const state = resolve(root, 'state')

export const paths = {
  root,
  /** Of one run: made by `up`, removed by `down`. */
  state,
  logs: resolve(state, 'logs'),
  processes: resolve(state, 'processes'),
  certificates: resolve(state, 'certificates'),
  kubeconfigs: resolve(state, 'kubeconfigs'),
  /** Kept by `down`, so that the next `up` is quick. */
  cache: {
    kubernetes: resolve(root, 'kubernetes'),
    /** A daemon's images; `down` leaves only the base images in it. */
    docker: (part: string): string => resolve(root, part),
    baseImages: resolve(root, 'base-images'),
    /** While something is being made. */
    work: resolve(root, 'work'),
  },
  environment,
} as const

function rootOfLab(): string | undefined {
  if (!existsSync(environment)) return undefined
  return /^export LAB_ROOT='(.*)'$/m.exec(readFileSync(environment, 'utf8'))?.[1]
}

/** Of one part of the running lab, for what it writes. */
export function partFolder(name: string): string {
  return resolve(state, name)
}
