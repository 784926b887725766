/** Reads a query file (`queries/README.md` has the format) into a `Question`; pure, used by the catalogue and by tests. */
import { OtraceError } from '../errors.ts'
import { type Panel, panels } from '../render/panels.ts'
import { type Unit, units } from '../render/units.ts'
import { readHeader, type Tag } from './header.ts'
import { placeholders } from './sql.ts'

/** A parameter that people give: `@param` joined with its `{name:Type}`. */
export interface Param {
  name: string
  /** The ClickHouse type of the placeholder. */
  type: string
  unit?: Unit
  /** As typed; a parameter without a default is a required argument. */
  default?: string
  /** The words that are allowed, where only some are. */
  choices?: string[]
  help: string
}

/** One query file, understood. */
export interface Question {
  name: string
  path: string
  title: string
  /** The body of the header: what it shows, what to look for, what to run next. */
  description: string
  panel: Panel
  params: Param[]
  /** Column name → unit. */
  units: Record<string, Unit>
  /** Whether the question is about all that is stored unless a window is asked for. */
  windowless: boolean
  sql: string
}

/** Placeholders that the host fills by itself, so that no file declares them. */
export const HOST_PARAMS = ['from', 'to', 'bucket', 'database', 'table'] as const

const NAME = /^[a-z][a-z0-9-]*$/
const TAGS = ['panel', 'param', 'column', 'window'] as const

/**
 * Understands one query file.
 * @param path where it came from, for messages; its file name gives the command's name
 * @param reserved long flags that every command has, which a parameter may not take
 * @throws OtraceError (exit 2) with file, line and the words that are allowed
 */
export function parseQuestion(path: string, text: string, reserved: Set<string>): Question {
  const name = path.replace(/^.*\//, '').replace(/\.sql$/, '')
  if (!NAME.test(name)) {
    throw new OtraceError(
      'usage',
      `${path}: '${name}' cannot name a command`,
      'use small letters, digits and dashes, starting with a letter',
    )
  }
  const { title, body, tags, sql } = readHeader(path, text)
  const known = placeholders(sql)
  const question: Question = {
    name,
    path,
    title,
    description: body,
    panel: 'table',
    params: [],
    units: {},
    windowless: false,
    sql,
  }
  for (const tag of tags) readTag(question, tag, known, reserved)
  for (const placeholder of known.keys()) {
    const declared = question.params.some((param) => param.name === placeholder)
    if (!declared && !HOST_PARAMS.some((host) => host === placeholder)) {
      throw new OtraceError(
        'usage',
        `${path}: {${placeholder}:${known.get(placeholder)}} has no @param`,
        `add the line: -- @param ${placeholder} - what it is`,
      )
    }
  }
  return question
}

function readTag(
  question: Question,
  tag: Tag,
  known: Map<string, string>,
  reserved: Set<string>,
): void {
  const at = `${question.path}:${tag.line}`
  switch (tag.name) {
    case 'panel':
      question.panel = oneOf(at, '@panel', tag.text, panels)
      return
    case 'window':
      oneOf(at, '@window', tag.text, ['all'])
      question.windowless = true
      return
    case 'column': {
      const [column = '', unit = ''] = tag.text.split(/\s+/)
      question.units[column] = oneOf(at, `the unit of @column ${column}`, unit, unitNames)
      return
    }
    case 'param':
      question.params.push(readParam(at, tag.text, known, reserved))
      return
    default:
      throw new OtraceError(
        'usage',
        `${at}: there is no tag @${tag.name}`,
        `the tags are ${TAGS.map((word) => `@${word}`).join(', ')}`,
      )
  }
}

const unitNames = Object.keys(units) as Unit[]
const PARAM =
  /^(?<name>[a-z][a-z0-9_]*)(?:\s+(?<unit>[a-z]+))??(?:\s*=\s*(?<value>\S+))?(?:\s+in\s+(?<choices>[^-]+?))?(?:\s+-\s+(?<help>.*))?$/

function readParam(
  at: string,
  text: string,
  known: Map<string, string>,
  reserved: Set<string>,
): Param {
  const groups = PARAM.exec(text)?.groups
  if (!groups) {
    throw new OtraceError(
      'usage',
      `${at}: cannot read '@param ${text}'`,
      'write: -- @param name [unit] [= default] [in a, b, c] - help',
    )
  }
  const name = groups.name!
  const type = known.get(name)
  if (type === undefined) {
    throw new OtraceError(
      'usage',
      `${at}: @param ${name} is not in the SQL`,
      `write {${name}:Type} where its value belongs, or remove the line`,
    )
  }
  if (HOST_PARAMS.some((host) => host === name) || reserved.has(name.replaceAll('_', '-'))) {
    throw new OtraceError(
      'usage',
      `${at}: every question already has --${name}`,
      'give the parameter another name',
    )
  }
  const param: Param = { name, type, help: groups.help ?? '' }
  if (groups.unit) param.unit = oneOf(at, `the unit of @param ${name}`, groups.unit, unitNames)
  // Two quotes are how an empty text looks in a line of words.
  if (groups.value !== undefined) param.default = groups.value.replace(/^''$/, '')
  if (groups.choices) param.choices = groups.choices.split(',').map((choice) => choice.trim())
  if (type === 'Identifier' && !param.choices) {
    throw new OtraceError(
      'usage',
      `${at}: @param ${name} is an Identifier and could name anything`,
      `list what it may be: -- @param ${name} = a in a, b, c`,
    )
  }
  if (param.choices && param.default !== undefined) {
    oneOf(at, `the default of @param ${name}`, param.default, param.choices)
  }
  return param
}

function oneOf<T extends string>(at: string, what: string, word: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === word)
  if (found !== undefined) return found
  throw new OtraceError(
    'usage',
    `${at}: ${what} cannot be '${word}'`,
    `it is one of ${allowed.join(', ')}`,
  )
}
