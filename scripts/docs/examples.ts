const apiVersion = 'webspaces.dev/v1alpha1'

/** One object of each kind, as somebody might write it. */
export const EXAMPLES: Readonly<Record<string, object>> = {
  Customer: {
    apiVersion,
    kind: 'Customer',
    metadata: { name: 'ada' },
    spec: {
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAHsYv8ywxE8a/qMfQ3y22o2d0PGVpfLtnNbQDZ4oOU ada@laptop'],
    },
  },
  Runtime: {
    apiVersion,
    kind: 'Runtime',
    metadata: { name: 'node' },
    spec: { plugin: 'node' },
  },
  Webspace: {
    apiVersion,
    kind: 'Webspace',
    metadata: { name: 'blog' },
    spec: {
      customer: 'ada',
      runtime: 'node',
      domain: 'blog.example.com',
      replicas: 2,
      previews: { max: 5, ttl: '14d' },
      env: [{ name: 'GREETING', value: 'Hello' }],
    },
  },
  Release: {
    apiVersion,
    kind: 'Release',
    metadata: { name: 'blog-7' },
    spec: {
      webspace: 'blog',
      branch: 'main',
      number: 7,
      commit: '8f14e45fceea167a5a36dedd4bea2543e5f1c2d9',
      image: 'local/blog@sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',
      buildKey: 'd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35',
      port: 3000,
      source: 'push',
      author: 'Ada Lovelace <ada@example.com>',
      message: 'Greet visitors by name',
    },
  },
}
