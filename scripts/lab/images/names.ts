/** The names that the runtimes' Dockerfile templates use, and the lab's own. */
export const PAUSE_IMAGE = 'webspaces-lab/pause:1'
export const DEBIAN_IMAGE = 'debian:bookworm-slim'
export const TOOLS_IMAGE = 'webspaces-lab/build-tools:bookworm'

/** The default first. */
export const NODE_MAJORS = ['24', '26', '22', '20'] as const

/** Debian 12 has one PHP, 8.2. It stands in for all: what is tested is the template, not the language. */
export const PHP_VERSIONS = ['8.4', '8.5', '8.3', '8.2', '8.1'] as const
