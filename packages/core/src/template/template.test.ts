import { describe, expect, test } from 'vitest'
import { checkTemplate, renderTemplate } from './template.ts'

test('renders output, conditions and loops, and keeps every line end', () => {
  const template = [
    'FROM node:<%= it.node %>-slim',
    '<% if (it.lockfile) { %>COPY <%= it.lockfile.name %> ./',
    '<% } else if (it.manifest) { %>COPY package.json ./',
    '<% } else { %># nothing to install',
    '<% } %><% for (const step of it.steps) { %>RUN <%= step.run %>',
    "<% } %>CMD ['node']",
  ].join('\n')
  const values = { node: 24, lockfile: { name: 'package-lock.json' }, steps: [{ run: 'a && b' }, { run: 'c < d' }] }
  expect(renderTemplate(template, values)).toBe(
    "FROM node:24-slim\nCOPY package-lock.json ./\nRUN a && b\nRUN c < d\nCMD ['node']",
  )
  expect(renderTemplate(template, { ...values, lockfile: null, manifest: true, steps: [] })).toBe(
    "FROM node:24-slim\nCOPY package.json ./\nCMD ['node']",
  )
})

test('text that looks like code stays text', () => {
  const text = 'RUN echo `whoami` ${HOME} \'it.x\' \\ "q" \\\n && true // %> */'
  expect(renderTemplate(text, {})).toBe(text)
})

describe('a template cannot run code', () => {
  test.each([
    '<%= process.exit() %>',
    '<%= it.x() %>',
    "<%= it['x'] %>",
    '<%= it.constructor %>',
    '<%= it.a.__proto__ %>',
    '<%= it.a + it.b %>',
    '<%= `${it.a}` %>',
    '<%~ it.a %>',
    '<%- it.a %>',
    '<% it.a = 1 %>',
    '<% const x = 1 %>',
    '<% if (it.a || process) { %><% } %>',
    '<% if (it.a) { process.exit() %><% } %>',
    '<% while (it.a) { %><% } %>',
    '<% for (const x of process.argv) { %><% } %>',
    '<% for (const it of it.a) { %><% } %>',
    '<% for (const __eta of it.a) { %><% } %>',
    '<% for (const x of it.a) { %><% } %><%= x %>',
    '<%= globalThis %>',
    '<%= it.$ %>',
    "<%= include('/etc/passwd') %>",
    '<% } %>',
    '<% if (it.a) { %>',
    '<% for (const x of it.a) { %><% } else { %><% } %>',
    '<% if (it.a) { %><% } else { %><% } else { %><% } %>',
    'text <%= it.a',
    '<%%= it.a %>',
    '<%/* it.a */%>',
    '<% if (it.a) { // %>\n<% } %>',
  ])('%s', (template) => {
    expect(() => checkTemplate(template)).toThrow(expect.objectContaining({ code: 'WS_TEMPLATE_REFUSED' }))
    expect(() => renderTemplate(template, { a: [1] })).toThrow(expect.objectContaining({ code: 'WS_TEMPLATE_REFUSED' }))
  })
})

test('a refusal names line and column', () => {
  expect(() => checkTemplate('FROM x\nRUN <%= f() %>')).toThrow('line 2, column 5')
})

test.each([
  ['<%= it.missing %>', 'it.missing at 1:1 is undefined'],
  ['a\n <%= it.no.such %>', 'do not fit'],
  ['<%= it.list %>', 'it.list at 1:1 is not a plain value'],
  ['<%= it.none %>', 'it.none at 1:1 is not a plain value'],
  ['<%= it.twoLines %>', 'it.twoLines at 1:1 has a line break'],
  ['<% for (const x of it.flag) { %><% } %>', 'do not fit'],
])('a value that does not fit is an error: %s', (template, message) => {
  const values = { list: ['a'], none: null, twoLines: 'a\nRUN evil', flag: true }
  expect(() => renderTemplate(template, values)).toThrow(
    expect.objectContaining({ code: 'WS_TEMPLATE_VALUE', message: expect.stringContaining(message) as string }),
  )
})

test('output is bounded', () => {
  const list = Array.from({ length: 1000 }, () => 'x'.repeat(1000))
  expect(() => renderTemplate('<% for (const x of it.list) { %><%= x %><% } %>', { list })).toThrow('over')
})
