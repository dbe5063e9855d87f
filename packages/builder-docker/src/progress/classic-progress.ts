import { LineSplitter } from './lines.ts'

const RUNNING = /^ ---> Running in ([0-9a-f]{12,64})$/
const LAYER = /^ ---> ([0-9a-f]{12,64})$/
const CACHED = /^ ---> Using cache$/
const STEP = /^Step \d+\/\d+ : (.*)$/
/** Of each kind. Far above what a Dockerfile makes: an image has at most 127 layers. */
const MOST_IDS = 1000

/**
 * The classic builder's output as lines. On the way it keeps the ids that the output names. What a step itself writes
 * comes in the same messages and may look the same, so that these ids are no more than a hint where to look.
 */
export class ClassicProgress {
  /** Of steps that were run. */
  readonly containers = new Set<string>()
  /** Of layers that the build made, and that carry no label yet. */
  readonly layers = new Set<string>()
  /** Of images that the build stands on: after FROM, or from the cache. */
  readonly bases = new Set<string>()
  /** The instruction that the build is at. */
  step: string | undefined
  readonly #lines: LineSplitter
  #made = false

  constructor(log: (line: string) => void) {
    this.#lines = new LineSplitter((line) => {
      this.#note(line)
      log(line)
    })
  }

  write(text: string): void {
    this.#lines.write(Buffer.from(text))
  }

  end(): void {
    this.#lines.end()
  }

  #note(line: string): void {
    const [, step] = STEP.exec(line) ?? []
    if (step !== undefined) {
      this.step = step
      // A FROM shows the base image as if it were a layer of its own making.
      this.#made = !/^FROM\s/i.test(step)
    }
    if (CACHED.test(line)) this.#made = false
    const [, container] = RUNNING.exec(line) ?? []
    if (container !== undefined) keep(this.containers, container)
    const [, layer] = LAYER.exec(line) ?? []
    if (layer !== undefined) keep(this.#made ? this.layers : this.bases, layer)
  }
}

function keep(ids: Set<string>, id: string): void {
  if (ids.size < MOST_IDS) ids.add(id)
}
