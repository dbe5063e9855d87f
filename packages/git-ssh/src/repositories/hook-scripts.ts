import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The hooks of every repository: they carry bytes between git and the platform, over file descriptors that the
 * platform gave to `git receive-pack` and that git passes on. Nobody else can reach these, and if the platform dies,
 * the reads below end: no verdict is a refusal.
 *
 * Fields end with NUL, which no variable and no ref name can have in it. An option's name in `eval` is a number.
 */
const HOOKS: Readonly<Record<string, string>> = {
  'pre-receive': `#!/bin/sh
{
  printf '%s\\0' pre-receive "\${GIT_OBJECT_DIRECTORY-}" "\${GIT_ALTERNATE_OBJECT_DIRECTORIES-}" "\${GIT_PUSH_OPTION_COUNT:-0}"
  i=0
  while [ "$i" -lt "\${GIT_PUSH_OPTION_COUNT:-0}" ]; do
    eval "printf '%s\\\\0' \\"\\$GIT_PUSH_OPTION_$i\\""
    i=$((i + 1))
  done
  cat
  printf '\\0'
} >&3
cat <&4 >&2
IFS= read -r verdict <&3 && [ "$verdict" = accept ]
`,
  'post-receive': `#!/bin/sh
{
  printf 'post-receive\\0'
  cat
  printf '\\0'
} >&3
cat <&5 >&2
`,
}

/** Puts the hooks into a folder, for `core.hooksPath`. */
export async function writeHooks(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const [name, script] of Object.entries(HOOKS)) {
    const file = join(folder, name)
    const present = await readFile(file, 'utf8').catch(() => undefined)
    if (present === script) continue
    const temporary = `${file}.${process.pid}.tmp`
    await writeFile(temporary, script)
    await chmod(temporary, 0o755)
    await rename(temporary, file)
  }
}
