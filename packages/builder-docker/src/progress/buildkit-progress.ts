import { decodeTrace, elapsed, type BuildKitTrace, type Vertex } from './buildkit-trace.ts'
import { joinLines, LineSplitter, plainLine } from './lines.ts'

const LONGEST_NAME = 200
/** Characters of a text of any length that are looked at to make a line of it. */
const LONGEST_TEXT = 4096
/** What BuildKit does for itself. Only when it fails it is of interest. */
const INTERNAL = /^\[internal\]|^copy \/context \/$/
const METADATA = /^\[internal\] load metadata for (\S+)$/

interface Step {
  readonly number: number
  readonly name: string
  readonly outputs: Map<number, LineSplitter>
  ended: boolean
}

export interface FailedStep {
  readonly name: string
  readonly error: string
  /** The base image that could not be had, if it was that. */
  readonly baseImage?: string
}

/**
 * BuildKit's trace as lines, much as `docker build --progress=plain` shows it: each step once, its output below it, and
 * the step again where the output of another came in between.
 */
export class BuildKitProgress {
  failed: FailedStep | undefined
  readonly #log: (line: string) => void
  readonly #received: (bytes: number) => void
  readonly #steps = new Map<string, Step>()
  #shown: Step | undefined
  #count = 0

  /** @param received is told the bytes of output that came, shown or not. */
  constructor(log: (line: string) => void, received: (bytes: number) => void) {
    this.#log = log
    this.#received = received
  }

  trace(base64: string): void {
    this.show(decodeTrace(base64))
  }

  show({ vertexes, logs, warnings }: BuildKitTrace): void {
    for (const vertex of vertexes) if (vertex.started !== null) this.#begin(vertex)
    for (const { vertex, stream, msg } of logs) {
      this.#received(msg.byteLength)
      this.#output(vertex, stream, msg)
    }
    for (const vertex of vertexes) if (vertex.completed !== null) this.#end(vertex)
    for (const { short } of warnings)
      this.#log(`Warning: ${plainLine(Buffer.from(short.subarray(0, LONGEST_TEXT)).toString())}`)
  }

  #begin(vertex: Vertex): void {
    if (this.#steps.has(vertex.digest) || INTERNAL.test(vertex.name)) return
    const step: Step = { number: ++this.#count, name: oneLine(vertex.name), outputs: new Map(), ended: false }
    this.#steps.set(vertex.digest, step)
    this.#head(step)
  }

  #head(step: Step): void {
    this.#log(`#${step.number} ${step.name}`)
    this.#shown = step
  }

  #output(digest: string, stream: number, chunk: Uint8Array): void {
    const step = this.#steps.get(digest)
    if (step === undefined) return
    const splitter =
      step.outputs.get(stream) ??
      new LineSplitter((line) => {
        if (this.#shown !== step) this.#head(step)
        this.#log(line)
      })
    step.outputs.set(stream, splitter)
    splitter.write(chunk)
  }

  #end(vertex: Vertex): void {
    if (vertex.error !== '') this.failed ??= failedStep(vertex)
    const step = this.#steps.get(vertex.digest)
    if (step === undefined || step.ended) return
    step.ended = true
    for (const output of step.outputs.values()) output.end()
    if (vertex.error !== '') this.#log(`#${step.number} failed`)
    else if (vertex.cached) this.#log(`#${step.number} from the cache`)
    else if (vertex.started !== null && vertex.completed !== null) {
      this.#log(`#${step.number} done in ${(elapsed(vertex.started, vertex.completed) / 1000).toFixed(1)} s`)
    }
  }
}

function failedStep({ name, error }: Vertex): FailedStep {
  const baseImage = METADATA.exec(name)?.[1]
  return {
    name: oneLine(name),
    error: plainLine(error.slice(0, LONGEST_TEXT)),
    ...(baseImage === undefined ? {} : { baseImage }),
  }
}

/** A here-document makes a name of many lines. */
function oneLine(name: string): string {
  const line = joinLines(name.slice(0, LONGEST_TEXT))
  return line.length > LONGEST_NAME ? `${line.slice(0, LONGEST_NAME)}…` : line
}
