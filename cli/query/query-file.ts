/** Reads a query file; `queries/README.md` has the format. */
import { usage } from '../errors.ts'
import { type Panel, panels } from '../render/panels.ts'
import { type Unit, units } from '../units/units.ts'
import { didYouMean } from './did-you-mean.ts'
import { readHeader, type Tag } from './header.ts'
import { mentions, placeholders } from './sql-text.ts'
import { refuseInFile } from './typed-sql.ts'

/** A typed parameter: `@param` joined with its `{name:Type}`, or `@by`. */
export interface Param {
  name: string
  /** The ClickHouse type of the placeholder. */
  type: string
  unit?: Unit
  /** As typed; without a default a parameter is a required argument. */
  default?: string
  /** The allowed words, if only some are. */
  choices?: string[]
  /** The span attributes whose value it may be. */
  attributes?: string[]
  help: string
  /** The name of an argument in help, if it differs. */
  label?: string
}

/** The name of a parameter as an argument or a flag: `user-id`. */
export const argumentName = ({ name, label = name }: Param) => label.replaceAll('_', '-')

/** One parsed query file. */
export interface Query {
  name: string
  path: string
  title: string
  /** The body of the header: the result's meaning, the signs to look for, the next command. */
  description: string
  panel: Panel
  params: Param[]
  /** The column with the number of spans behind a row's percentiles. */
  samples?: string
  /** The column with the share of its bucket that the window covers. */
  covered?: string
  /** Column name → unit. */
  units: Record<string, Unit>
  /** Whole command lines for the help, of `@example`. */
  examples: string[]
  /** Commands to run afterwards, each with what it shows. */
  next: string[]
  /** Whether the default window is all stored time. */
  allTime: boolean
  /** Whether it belongs to the example shop, and whether it is part of the package. */
  example?: boolean
  builtIn?: boolean
  /** Whether it came along with a checkout (a file of `./.otrace/queries`), and replaces another query. */
  project?: boolean
  replaces?: boolean
  sql: string
  /** The line of the SQL in the file, 1-based. */
  sqlLine: number
}

/** Placeholders that otrace fills, without @param. */
export const HOST_PARAMS = ['from', 'to', 'bucket', 'database', 'table'] as const

const NAME = /^[a-z][a-z0-9-]*$/
const TAGS = 'panel param by column samples covered window example next'.split(' ')

/**
 * Refuses a name that is not one of a command.
 * @param at the file or argument, for the message
 * @throws OtraceError (exit 2)
 */
export function checkQueryName(name: string, at: string): void {
  if (NAME.test(name)) return
  throw usage(
    `${at}: not a command name: '${name}'`.replaceAll('\n', '\\n'),
    'use small letters, digits and dashes, starting with a letter',
  )
}

/**
 * Parses one query file.
 * @param path where it came from, for messages; its file name gives the command's name
 * @param reserved long flags that every command has, which a parameter may not take
 * @throws OtraceError (exit 2) with file, line and the words that are allowed
 */
export function parseQueryFile(path: string, text: string, reserved: Set<string>): Query {
  const name = path.replace(/^.*\//, '').replace(/\.sql$/, '')
  checkQueryName(name, path)
  const { title, body, tags, sql, sqlLine } = readHeader(path, text)
  const known = placeholders(sql)
  const query: Query = {
    name,
    path,
    title,
    description: body,
    panel: 'table',
    params: [],
    units: {},
    examples: [],
    next: [],
    allTime: false,
    sql,
    sqlLine,
  }
  for (const tag of tags) readTag(query, tag, known, reserved)
  refuseInFile(query)
  for (const placeholder of known.keys()) {
    const declared = query.params.some((param) => param.name === placeholder)
    if (!declared && !HOST_PARAMS.some((host) => host === placeholder)) {
      throw usage(
        `${path}: {${placeholder}:${known.get(placeholder)}} has no @param`,
        `add the line: -- @param ${placeholder} - what it is`,
      )
    }
  }
  return query
}

function readTag(query: Query, tag: Tag, known: Map<string, string>, reserved: Set<string>): void {
  const at = `${query.path}:${tag.line}`
  switch (tag.name) {
    case 'panel':
      query.panel = oneOf(at, '@panel', tag.text, panels)
      return
    case 'window':
      oneOf(at, '@window', tag.text, ['all'])
      query.allTime = true
      return
    case 'column': {
      const [column = '', unit = ''] = tag.text.split(/\s+/)
      query.units[column] = oneOf(at, `the unit of @column ${column}`, unit, unitNames)
      return
    }
    case 'example':
      query.examples.push(readExample(at, tag.text, query.name))
      return
    case 'next':
      query.next.push(readNext(at, tag.text))
      return
    case 'samples':
    case 'covered':
      query[tag.name] = tag.text
      return
    case 'by':
      query.params.push(readBy(at, tag.text, query.sql, reserved))
      return
    case 'param':
      query.params.push(readParam(at, tag.text, known, reserved))
      return
    default: {
      const meant = didYouMean(tag.name, TAGS)
      const all = `the tags are ${TAGS.map((word) => `@${word}`).join(', ')}`
      throw usage(`${at}: unknown tag @${tag.name}`, meant ? `did you mean @${meant}?` : all)
    }
  }
}

const unitNames = Object.keys(units) as Unit[]
const PARAM =
  /^(?<name>[a-z][a-z0-9_]*)(?:\s+(?<unit>[a-z]+))??(?:\s+of\s+(?<attributes>[^\s,]+(?:,\s*[^\s,]+)*))?(?:\s*=\s*(?<value>\S+))?(?:\s+in\s+(?<choices>[^-]+?))?(?:\s+-\s+(?<help>.*))?$/

function readParam(
  at: string,
  text: string,
  known: Map<string, string>,
  reserved: Set<string>,
): Param {
  const groups = PARAM.exec(text)?.groups
  if (!groups) {
    throw usage(
      `${at}: cannot read '@param ${text}'`,
      'write: -- @param name [unit] [of attribute, …] [= default] [in a, b, c] - help',
    )
  }
  const name = groups.name!
  const type = known.get(name)
  if (type === undefined) {
    throw usage(
      `${at}: @param ${name} is not in the SQL`,
      `write {${name}:Type} where its value belongs, or remove the line`,
    )
  }
  if (HOST_PARAMS.some((host) => host === name) || reserved.has(name.replaceAll('_', '-'))) {
    throw usage(`${at}: every query has --${name}`, 'give the parameter another name')
  }
  const param: Param = { name, type, help: groups.help ?? '' }
  if (groups.attributes) param.attributes = groups.attributes.split(/,\s*/)
  if (groups.unit) param.unit = oneOf(at, `the unit of @param ${name}`, groups.unit, unitNames)
  // Two quotes are how an empty text looks in a line of words.
  if (groups.value !== undefined) param.default = groups.value.replace(/^''$/, '')
  if (groups.choices) param.choices = groups.choices.split(',').map((choice) => choice.trim())
  if (type === 'Identifier' && !param.choices) {
    throw usage(
      `${at}: @param ${name} is an Identifier and could name anything`,
      `list what it may be: -- @param ${name} = a in a, b, c`,
    )
  }
  if (param.choices && param.default !== undefined) {
    oneOf(at, `the default of @param ${name}`, param.default, param.choices)
  }
  return param
}

/** `@by <column, attribute or none> - help`: the parameter whose value is the column `dimension`. */
function readBy(at: string, text: string, sql: string, reserved: Set<string>): Param {
  const [, value, help = ''] = /^(\S+)(?:\s+-\s+(.*))?$/.exec(text) ?? []
  if (value === undefined) {
    throw usage(`${at}: no default in @by`, 'write: -- @by service - one line for each value')
  }
  if (!mentions(sql, 'dimension')) {
    throw usage(`${at}: @by without the column dimension`, 'group by dimension, or remove the line')
  }
  if (reserved.has('by')) throw usage(`${at}: every query has --by`, 'remove the line')
  const label = /^<(.+)>$/.exec(value)?.[1]
  return { name: 'by', type: 'String', help, ...(label ? { label } : { default: value }) }
}

/** `@example otrace <name> …`: a command line of this query. */
function readExample(at: string, text: string, name: string): string {
  if (`${text} `.startsWith(`otrace ${name} `)) return text
  throw usage(
    `${at}: not a command line of this query: ${text}`,
    `write: -- @example otrace ${name}`,
  )
}

/** `@next otrace <command> … - what it shows`: a command to run afterwards. */
function readNext(at: string, text: string): string {
  if (/^otrace [a-z].* - \S/.test(text)) return text
  throw usage(
    `${at}: not a command and what it shows: ${text}`,
    'write: -- @next otrace trace <trace_id> - one of them',
  )
}

function oneOf<T extends string>(at: string, what: string, word: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === word)
  if (found !== undefined) return found
  const meant = didYouMean(word, allowed)
  const all = `it is one of ${allowed.join(', ')}`
  throw usage(`${at}: ${what} cannot be '${word}'`, meant ? `did you mean ${meant}?` : all)
}
