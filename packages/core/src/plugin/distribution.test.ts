import { expect, test } from 'vitest'
import { inject, injectable } from './injection.ts'
import { Container } from './container.ts'
import { token, type Token } from './token.ts'

const NUMBER: Token<number> = token('Number')
const HOLDER: Token<Holder> = token('Holder')

@injectable()
class Holder {
  constructor(@inject(NUMBER) readonly value: number) {}
}

test('a class gets what its parameters name', () => {
  const container = new Container()
  container.for('a').provide(NUMBER, { useValue: 7 })
  container.for('b').provide(HOLDER, { useClass: Holder })
  expect(container.resolve(HOLDER).value).toBe(7)
})
