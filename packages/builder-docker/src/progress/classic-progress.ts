import { LineSplitter } from './lines.ts'

const RUNNING = /^ ---> Running in ([0-9a-f]{12,64})$/
const LAYER = /^ ---> ([0-9a-f]{12,64})$/
const CACHED = /^ ---> Using cache$/
const STEP = /^Step \d+\/\d+ : (.*)$/

/**
 * The classic builder's output as lines. On the way it keeps what a build that fails would leave behind: the containers
 * that it started, and the layers that it made and that carry no label yet.
 */
export class ClassicProgress {
  readonly containers = new Set<string>()
  readonly layers = new Set<string>()
  /** The instruction that the build is at. */
  step: string | undefined
  readonly #lines: LineSplitter
  #made = false

  constructor(log: (line: string) => void) {
    this.#lines = new LineSplitter((line) => {
      this.#note(line)
      if (line !== '') log(line)
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
    if (container !== undefined) this.containers.add(container)
    const [, layer] = LAYER.exec(line) ?? []
    if (layer !== undefined && this.#made) this.layers.add(layer)
  }
}
