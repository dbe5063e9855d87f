import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: ['default', './scripts/summary-reporter.ts'],
    maxWorkers: 2,
    // How long something takes is no result: machines are shared.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['**/*.docker.test.ts', '**/*.cluster.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // Whole platforms with their builds: one at a time, so that none starves another.
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['**/*.cluster.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // Real daemons and a registry, given by DOCKER_HOST and REGISTRY: not part of `npm test`.
          name: 'docker',
          include: ['packages/*/src/**/*.docker.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          // A real API server with its controllers, given by KUBECONFIG: not part of `npm test`.
          name: 'cluster',
          include: ['packages/*/src/**/*.cluster.test.ts', 'test/cluster/**/*.cluster.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
