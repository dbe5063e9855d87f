/** One line of what Prometheus reads: how much of something, told apart by labels. */
interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What a program has counted, as it answers at /metrics. */
export class Samples {
  readonly #samples: readonly Sample[]

  constructor(text: string) {
    this.#samples = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(sampleOf)
  }

  /** Of all series of that name with these labels, whatever others they have. */
  sum(name: string, labels: Readonly<Record<string, string | RegExp>> = {}): number {
    const wanted = Object.entries(labels)
    return this.#samples
      .filter((sample) => sample.name === name)
      .filter((sample) => wanted.every(([label, value]) => matches(sample.labels[label] ?? '', value)))
      .reduce((sum, { value }) => sum + value, 0)
  }
}

function sampleOf(line: string): Sample {
  const end = line.lastIndexOf(' ')
  const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(line.slice(0, end)) ?? []
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', value = '']) => [label, value])
  return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(line.slice(end + 1)) }
}

function matches(value: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? value === wanted : wanted.test(value)
}
