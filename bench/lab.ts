import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ADDRESSES = fileURLToPath(new URL('../.lab/env', import.meta.url))

/** Takes over what the lab says of its addresses. @returns false where no lab is up */
export function enterLab(): boolean {
  if (!existsSync(ADDRESSES)) return false
  for (const [, name, value] of readFileSync(ADDRESSES, 'utf8').matchAll(/^export ([A-Z_]+)='?([^'\n]*)'?$/gm)) {
    if (name !== undefined) process.env[name] = value
  }
  return true
}
