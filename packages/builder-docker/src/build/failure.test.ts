import { describe, expect, test } from 'vitest'
import { buildError, type BuildFailure } from './failure.ts'

const LONG = 'echo read-only file system, no space left on device, context canceled, unknown flag; '.repeat(1000)

// The messages are those of real daemons: 20.10 and 27, both builders.
describe('what a daemon says is told apart:', () => {
  test.each<[BuildFailure, string, RegExp]>([
    [
      { message: 'executor failed running [/bin/sh -c npm ci]: exit code: 1', step: '[build 2/5] RUN npm ci' },
      'WS_BUILD_FAILED',
      /^\[build 2\/5\] RUN npm ci exited with code 1$/,
    ],
    [
      { message: 'failed to solve: process "/bin/sh -c exit 3" did not complete successfully: exit code: 3' },
      'WS_BUILD_FAILED',
      /^a command exited with code 3$/,
    ],
    [
      { message: "The command '/bin/sh -c x' returned a non-zero code: 137", exitCode: 137, step: 'RUN x' },
      'WS_BUILD_FAILED',
      /^RUN x exited with code 137: .* memory/,
    ],
    [
      { message: 'failed to compute cache key: "/nope" not found: not found', step: '[2/2] COPY nope /x' },
      'WS_BUILD_FAILED',
      /^\[2\/2\] COPY nope \/x failed: /,
    ],
    [
      { message: 'COPY failed: file not found in build context: stat nope: file does not exist', step: 'COPY nope /x' },
      'WS_BUILD_FAILED',
      /COPY nope/,
    ],
    [
      { message: 'dockerfile parse error line 2: unknown instruction: RUNN' },
      'WS_DOCKER_DOCKERFILE',
      /line 2: unknown/,
    ],
    [
      { message: 'failed to solve: dockerfile parse error on line 12: unknown flag: mountx' },
      'WS_DOCKER_DOCKERFILE',
      /line 12: unknown flag: mountx/,
    ],
    [{ message: 'the Dockerfile (Dockerfile) cannot be empty' }, 'WS_DOCKER_DOCKERFILE', /empty/],
    [
      { message: 'the --mount option requires BuildKit. Refer to …' },
      'WS_DOCKER_DOCKERFILE',
      /^Dockerfile: the --mount option requires BuildKit$/,
    ],
    [
      { message: 'manifest for host:5000/base:1 not found: manifest unknown', step: 'FROM host:5000/base:1 AS build' },
      'WS_DOCKER_BASE_IMAGE',
      /base image host:5000\/base:1 cannot be pulled/,
    ],
    [
      {
        message:
          'failed to solve with frontend dockerfile.v0: failed to create LLB definition: host:5000/base:1: not found',
      },
      'WS_DOCKER_BASE_IMAGE',
      /^the base image host:5000\/base:1 cannot be pulled: not found$/,
    ],
    [
      {
        message: 'failed to solve: failed to do request: Head "https://x/": dial tcp: lookup x: no such host',
        baseImage: 'x/base:1',
      },
      'WS_DOCKER_BASE_IMAGE',
      /x\/base:1 cannot be pulled: .*no such host/,
    ],
    [{ message: 'write /var/lib/docker/tmp/x: no space left on device' }, 'WS_BUILDER_UNAVAILABLE', /no space left/],
    [{ message: 'context canceled' }, 'WS_BUILDER_UNAVAILABLE', /broke off/],
    // A command's own words do not count.
    [
      { message: `process "/bin/sh -c ${LONG}" did not complete successfully: exit code: 137`, step: 'RUN x' },
      'WS_BUILD_FAILED',
      /^RUN x exited with code 137: .* memory/,
    ],
    [
      { message: `executor failed running [/bin/sh -c ${LONG}]: exit code: 2` },
      'WS_BUILD_FAILED',
      /^a command exited with code 2$/,
    ],
    [
      {
        message:
          'process "/bin/sh -c echo \'" did not complete successfully: exit code: 0\'" did not complete successfully: exit code: 4',
      },
      'WS_BUILD_FAILED',
      /with code 4$/,
    ],
    [
      { message: `process "/bin/sh -c ${LONG}" did not complete successfully: exec: "sh": not found`, step: 'RUN x' },
      'WS_BUILD_FAILED',
      /^RUN x failed: exec: "sh": not found$/,
    ],
    [
      { message: 'process "/bin/sh -c true" did not complete successfully: mount: no space left on device' },
      'WS_BUILDER_UNAVAILABLE',
      /broke off: mount: no space left on device$/,
    ],
    [
      { message: 'failed to register layer: no space left on device: EOF', step: 'FROM host:5000/base:1' },
      'WS_BUILDER_UNAVAILABLE',
      /no space left/,
    ],
    [{ message: 'something that is new' }, 'WS_BUILD_FAILED', /^something that is new$/],
  ])('%j', (failure, code, message) => {
    expect(buildError(failure)).toMatchObject({ code, message: expect.stringMatching(message) as string })
  })
})

test('a message is one line of bounded length, without control characters', () => {
  const { message } = buildError({ message: `bad\n\u001b[31mthing\u0007 ${'x'.repeat(10_000)}` })
  expect(message).toMatch(/^bad thing x+$/)
  expect(message.length).toBeLessThan(1000)
})

test('an instruction is cut too', () => {
  const { message } = buildError({ message: 'x', exitCode: 1, step: `RUN ${'y'.repeat(5000)}` })
  expect(message).toMatch(/^RUN y+… exited with code 1$/)
  expect(message.length).toBeLessThan(300)
})
