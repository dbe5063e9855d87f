// Three floors: core at the ground, adapters beside each other, the distribution (operator) on top. Every import runs
// down, and between packages only through what a package exports. See docs/explanation/architecture.md.
'use strict'

const ADAPTER = '^packages/((?!core/|operator/)[^/]+)/'
const TEST = '\\.test(\\.kit)?\\.ts$'
const TEST_KIT = '^packages/core/src/testing/'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment:
        'Modules that need each other cannot be read one after the other. A cycle through a type-only import is ' +
        'allowed: a token is typed by the contract that it names, while what implements the contract asks for the ' +
        'token. Such an import is gone when the code runs.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-imports-no-package',
      comment: 'Core knows contracts and no implementation.',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '^packages/(?!core/)' },
    },
    {
      name: 'core-does-no-io',
      comment: 'Core is rules: files, network, processes and clocks are behind contracts.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: [TEST, TEST_KIT] },
      to: {
        dependencyTypes: ['core'],
        pathNot: '^(node:)?(assert|assert/strict|buffer|crypto|path|stream|string_decoder|util)$',
      },
    },
    {
      name: 'core-depends-on-little',
      comment: 'Whoever writes a plugin gets all that core depends on.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: TEST },
      to: { path: 'node_modules/', pathNot: 'node_modules/(eta|reflect-metadata|tsyringe|zod)/' },
    },
    {
      name: 'adapter-imports-no-adapter',
      comment: 'Adapters meet in a distribution, through the contracts of core.',
      severity: 'error',
      from: { path: ADAPTER },
      to: { path: '^packages/(?!core/)', pathNot: '^packages/$1/' },
    },
    {
      name: 'no-inner-files',
      comment: 'What a package does not export can change at any time.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: {
        path: '^packages/[^/]+/',
        pathNot: ['^packages/$1/', '^packages/[^/]+/dist/(testing/)?index\\.(js|d\\.ts)$'],
      },
    },
    {
      name: 'outside-imports-entry-points',
      comment: 'Examples, whole-system tests and benchmarks use what everybody can use.',
      severity: 'error',
      from: { path: '^(examples|test|bench)/' },
      to: { path: '^packages/', pathNot: '^packages/[^/]+/dist/(testing/)?index\\.(js|d\\.ts)$' },
    },
    {
      name: 'no-test-in-product',
      comment: 'Tests are not part of a published package.',
      severity: 'error',
      from: { path: '^packages/', pathNot: TEST },
      to: { path: TEST },
    },
    {
      name: 'no-test-kit-in-core',
      comment: 'The conformance suites wait and write files; the rules do not.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: [TEST, TEST_KIT] },
      to: { path: TEST_KIT },
    },
    {
      name: 'declared-dependencies',
      comment: 'What a package imports must be in its package.json: it is installed alone.',
      severity: 'error',
      from: { path: '^packages/', pathNot: TEST },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: { pathNot: '^examples/hello-' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: '(^|/)\\.webspaces/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
