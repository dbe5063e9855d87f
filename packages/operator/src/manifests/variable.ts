/** The environment variable that `webspaces serve` reads an option from: `ingress-class` → `WEBSPACES_INGRESS_CLASS` */
export function variableOf(option: string): string {
  return `WEBSPACES_${option.replaceAll('-', '_').toUpperCase()}`
}
