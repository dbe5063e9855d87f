/** A customer, the Runtimes `node` and `php`, and Webspaces of theirs for Node.js: name → what else it says. */
export function customerWithSites(
  name: string,
  sshKeys: readonly string[],
  webspaces: Readonly<Record<string, object>>,
): object[] {
  return [
    customer(name, sshKeys),
    ...['node', 'php'].map((plugin) => resource('Runtime', plugin, { plugin })),
    ...Object.entries(webspaces).map(([webspace, spec]) =>
      resource('Webspace', webspace, { customer: name, runtime: 'node', ...spec }),
    ),
  ]
}

export function customer(name: string, sshKeys: readonly string[], more: object = {}): object {
  return resource('Customer', name, { name, email: `${name}@example.com`, sshKeys, ...more })
}

export function resource(kind: string, name: string, spec: object): object {
  return { apiVersion: 'webspaces.dev/v1alpha1', kind, metadata: { name }, spec }
}
