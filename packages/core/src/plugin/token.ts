/** Names a contract in the container. The type parameter is what it resolves to. */
export type Token<T> = symbol & { readonly resolvesTo?: T }

/** Makes a token. `name` is what messages call the contract. */
export function token<T>(name: string): Token<T> {
  return Symbol(name)
}

export function tokenName(token: Token<unknown>): string {
  return token.description ?? 'unnamed'
}
