import protobuf from 'protobufjs/light.js'

/** A node of BuildKit's graph: an instruction, or something that it does itself. */
export interface Vertex {
  readonly digest: string
  readonly name: string
  readonly cached: boolean
  readonly started: Timestamp | null
  readonly completed: Timestamp | null
  readonly error: string
}

interface Timestamp {
  readonly seconds: number
  readonly nanos: number
}

export interface BuildKitTrace {
  readonly vertexes: readonly Vertex[]
  readonly logs: readonly { readonly vertex: string; readonly stream: number; readonly msg: Uint8Array }[]
  readonly warnings: readonly { readonly short: Uint8Array }[]
}

/** The part of BuildKit's api/services/control/control.proto that people are shown. */
const StatusResponse = protobuf.Root.fromJSON({
  nested: {
    StatusResponse: {
      fields: {
        vertexes: { id: 1, rule: 'repeated', type: 'Vertex' },
        logs: { id: 3, rule: 'repeated', type: 'VertexLog' },
        warnings: { id: 4, rule: 'repeated', type: 'VertexWarning' },
      },
    },
    Vertex: {
      fields: {
        digest: { id: 1, type: 'string' },
        name: { id: 3, type: 'string' },
        cached: { id: 4, type: 'bool' },
        started: { id: 5, type: 'Timestamp' },
        completed: { id: 6, type: 'Timestamp' },
        error: { id: 7, type: 'string' },
      },
    },
    VertexLog: {
      fields: {
        vertex: { id: 1, type: 'string' },
        stream: { id: 3, type: 'int64' },
        msg: { id: 4, type: 'bytes' },
      },
    },
    VertexWarning: { fields: { short: { id: 3, type: 'bytes' } } },
    Timestamp: { fields: { seconds: { id: 1, type: 'int64' }, nanos: { id: 2, type: 'int32' } } },
  },
}).lookupType('StatusResponse')

/** Decodes what the daemon sends under the id `moby.buildkit.trace`: a StatusResponse in base64. */
export function decodeTrace(base64: string): BuildKitTrace {
  const message = StatusResponse.decode(Buffer.from(base64, 'base64'))
  return StatusResponse.toObject(message, { longs: Number, defaults: true }) as BuildKitTrace
}

/** Milliseconds between two moments of a trace. */
export function elapsed(from: Timestamp, to: Timestamp): number {
  return (to.seconds - from.seconds) * 1000 + (to.nanos - from.nanos) / 1e6
}
