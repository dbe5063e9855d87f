const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/**
 * How long ago something was, as kubectl writes it: two units while the first is small, and one after that. The limits
 * are those of `HumanDuration` in k8s.io/apimachinery.
 */
export function age(milliseconds: number): string {
  const duration = Math.max(0, milliseconds)
  if (duration < 2 * MINUTE) return `${Math.floor(duration / SECOND)}s`
  if (duration < 10 * MINUTE) return units(duration, MINUTE, 'm', SECOND, 's')
  if (duration < 3 * HOUR) return `${Math.floor(duration / MINUTE)}m`
  if (duration < 8 * HOUR) return units(duration, HOUR, 'h', MINUTE, 'm')
  if (duration < 2 * DAY) return `${Math.floor(duration / HOUR)}h`
  if (duration < 8 * DAY) return units(duration, DAY, 'd', HOUR, 'h')
  if (duration < 2 * YEAR) return `${Math.floor(duration / DAY)}d`
  if (duration < 8 * YEAR) return units(duration, YEAR, 'y', DAY, 'd')
  return `${Math.floor(duration / YEAR)}y`
}

function units(duration: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((duration % large) / small)
  return `${Math.floor(duration / large)}${largeName}${rest === 0 ? '' : `${rest}${smallName}`}`
}
