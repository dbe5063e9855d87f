import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Core decides; it does not act. What it needs of the outside world it is given as a contract. */
const OUTSIDE_WORLD = [
  ...['setTimeout', 'setInterval'].map((name) => ({ name, message: 'Core is given a Clock.' })),
  ...['process', 'console', 'fetch'].map((name) => ({ name, message: 'Core does no I/O.' })),
]
const CLOCK_AND_CHANCE = [
  { object: 'Date', property: 'now', message: 'Core is given a Clock.' },
  { object: 'Math', property: 'random', message: 'Core is given a NewId.' },
]

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', '**/.webspaces/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    rules: {
      complexity: ['error', 15],
      'max-depth': ['error', 4],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['vitest.config.ts'] } },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // `[10, 'ms'].join(' ')` in a template is a mistake; a number is not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Data that is handed on as JSON must be a type: an interface does not fit a record.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // A JSON value is a record of JSON values, which only an index signature can say of itself.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      // `() => listener(event)` and `return done()` read well where nobody looks at what they return.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // What may be there or not is asked for in brackets: `labels['app']`, `object['metadata']`.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
    },
  },
  {
    files: ['packages/core/src/**/*.ts'],
    ignores: ['**/*.test.ts', 'packages/core/src/testing/**'],
    rules: {
      'no-restricted-globals': ['error', ...OUTSIDE_WORLD],
      'no-restricted-properties': ['error', ...CLOCK_AND_CHANCE],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Core is given a Clock.' },
      ],
    },
  },
  {
    files: ['*.config.{js,ts}', '.dependency-cruiser.cjs'],
    rules: { 'no-restricted-exports': 'off' },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        ['Buffer', 'URL', 'clearTimeout', 'console', 'fetch', 'performance', 'process', 'setTimeout'].map((name) => [
          name,
          'readonly',
        ]),
      ),
    },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
)
