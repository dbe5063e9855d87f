import { randomBytes } from 'node:crypto'

/** 80 random bits in hex: fits in URLs, labels, and the names of files on disks that do not tell case apart. */
export function newId(): string {
  return randomBytes(10).toString('hex')
}
