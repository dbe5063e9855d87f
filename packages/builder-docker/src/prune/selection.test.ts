import { expect, test } from 'vitest'
import { selectRemovals, type PrunableImage, type PruneRules } from './selection.ts'

const image = (webspace: string, usedAt: number, bytes = 10): PrunableImage => ({
  ...{ webspace, usedAt, bytes, inUse: false },
  references: [`r/${webspace}@${usedAt}`],
})
const images = [image('blog', 1), image('blog', 3), image('blog', 2), image('shop', 4), image('shop', 9)]

const select = (what: readonly PrunableImage[], rules: Partial<PruneRules>) =>
  selectRemovals(what, { keep: new Set<string>(), youngest: 9, retain: undefined, ...rules })
const removed = (rules: Partial<PruneRules>): string[] =>
  select(images, rules).removals.flatMap(({ references }) => references)

test('what is old and not named goes, longest unused first', () => {
  expect(removed({})).toEqual(['r/blog@1', 'r/blog@2', 'r/blog@3', 'r/shop@4'])
})

test('what is named stays, at any age', () => {
  expect(removed({ keep: new Set(['r/blog@1', 'r/shop@4']) })).toEqual(['r/blog@2', 'r/blog@3'])
})

test('the last used of each Webspace stay, as many as are to be retained', () => {
  expect(removed({ retain: { perWebspace: 1 } })).toEqual(['r/blog@1', 'r/blog@2'])
  expect(removed({ retain: { perWebspace: 2 } })).toEqual(['r/blog@1'])
})

test('and no more than their bytes', () => {
  expect(removed({ retain: { perWebspace: 9, bytes: 25 } })).toEqual(['r/blog@1', 'r/blog@2'])
})

test('what nobody names and is in use or too young is left for another time; what is named or retained is not', () => {
  const used = { ...image('blog', 4), inUse: true }
  const rules = { keep: new Set(['r/blog@1']), retain: { perWebspace: 1 } }
  const { removals, left } = select([...images, used], rules)
  expect(removals).toEqual([image('blog', 2)])
  expect(left).toEqual([image('shop', 9), used])
  expect(select([used], { keep: new Set(['r/blog@4']) }).left).toEqual([])
})
