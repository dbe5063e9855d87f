/** Each a thousand times the one before. Kubernetes keeps nothing smaller than a thousandth. */
const DECIMAL = ['m', '', 'k', 'M', 'G', 'T'] as const
/** Each 1024 times the one before. */
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti'] as const

/** The one of two quantities that amounts to less; `0.5Gi` is less than `1G`. */
export function smallerQuantity(a: string, b: string): string {
  return milliOf(b) < milliOf(a) ? b : a
}

/** In thousandths, rounded up. The schema has checked the shape. */
function milliOf(text: string): bigint {
  const [, whole = '0', fraction = '', suffix = ''] = /^([0-9]+)(?:\.([0-9]+))?([A-Za-z]*)$/.exec(text) ?? []
  const divisor = 10n ** BigInt(fraction.length)
  return (BigInt(whole + fraction) * unitOf(suffix) + divisor - 1n) / divisor
}

function unitOf(suffix: string): bigint {
  const binary = BINARY.findIndex((each) => each === suffix)
  return binary > 0 ? 1000n * 1024n ** BigInt(binary) : 1000n ** BigInt(DECIMAL.findIndex((each) => each === suffix))
}
