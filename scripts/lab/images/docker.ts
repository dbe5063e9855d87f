/** The `docker` command. */
import { dockerd, socketOf } from '../parts/dockerd.ts'
import { paths } from '../paths.ts'
import { run } from '../run.ts'

export interface DockerOptions {
  /** The name of its part; the one that runs the pods unless told. */
  readonly daemon?: string
  readonly seconds?: number
}

export function docker(args: readonly string[], options: DockerOptions = {}): Promise<string> {
  return run('docker', ['--host', socketOf(options.daemon ?? dockerd.name), ...args], {
    seconds: options.seconds ?? 60,
    // Neither the user's credentials and proxies, nor a plugin that builds in another way.
    environment: { DOCKER_CONFIG: paths.state, DOCKER_BUILDKIT: '0' },
  })
}

export async function build(name: string, folder: string, args: Readonly<Record<string, string>> = {}): Promise<void> {
  const buildArgs = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`])
  await docker(['build', '--force-rm', '--tag', name, ...buildArgs, folder], { seconds: 900 })
}
