/** A request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Absolute, each part encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  /** What is done to what, for messages: `apply Webspace "blog"`. */
  readonly subject: string
  /**
   * Whether it may be sent again when nobody knows what became of it. One that may not is only sent again when the
   * server has certainly not begun with it.
   */
  readonly repeatable: boolean
}

export function urlOf(server: string, { path, query = {} }: Pick<ApiRequest, 'path' | 'query'>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  return `${server}${path}${parameters.size === 0 ? '' : `?${parameters.toString()}`}`
}
