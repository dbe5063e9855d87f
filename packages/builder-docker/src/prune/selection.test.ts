import { expect, test } from 'vitest'
import { selectRemovals, type PrunableImage, type PruneRules } from './selection.ts'

const image = (webspace: string, usedAt: number, bytes = 10): PrunableImage => ({
  ...{ webspace, usedAt, bytes },
  references: [`r/${webspace}@${usedAt}`],
})
const images = [image('blog', 1), image('blog', 3), image('blog', 2), image('shop', 4), image('shop', 9)]

function removed(rules: Partial<PruneRules>): string[] {
  const all = { keep: new Set<string>(), youngest: 9, retain: undefined, ...rules }
  return selectRemovals(images, all).flatMap(({ references }) => references)
}

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
