/** A query file as a command: its arguments and options out of its parameters, its answer in any format. */
import { Command, Option } from 'commander'
import { answer } from '../answer.ts'
import { asking } from '../asking.ts'
import { addAskingFlags, type Globals, POPULATION_FLAGS, readCount } from '../config.ts'
import type { Context } from '../context.ts'
import { OtraceError } from '../errors.ts'
import { compose, type ParamValue } from '../query/compose.ts'
import { fill } from '../query/fill.ts'
import type { Param, Question } from '../query/parse.ts'
import { placeholders, reads } from '../query/sql.ts'
import { weighs } from '../query/weighs.ts'
import { tellStorage } from '../storage.ts'
import { withoutFlags } from './unused.ts'

/** The command of one question. */
export function questionCommand(question: Question, context: Context): Command {
  const command = new Command(question.name)
    .summary(question.title)
    .description([question.title, question.description].filter(Boolean).join('\n\n'))
  for (const param of required(question)) command.argument(`<${dashed(param)}>`, param.help)
  command.optionsGroup('Question:')
  for (const param of optional(question)) command.addOption(paramOption(param))
  if (placeholders(question.sql).has('bucket') || reads(question.sql, 'red')) {
    command.option('--bucket <length>', 'seconds in one step of time (default: follows the window)')
  }
  addAskingFlags(command)
  refuseUnused(command, question)
  return command.action(async (...input: unknown[]) => {
    const values = input.slice(0, required(question).length) as string[]
    await ask(question, values, command.opts(), context)
  })
}

async function ask(
  question: Question,
  values: string[],
  flags: Globals & Record<string, unknown>,
  context: Context,
): Promise<void> {
  const params: Record<string, ParamValue> = {}
  for (const [i, param] of required(question).entries()) {
    const flag = `<${dashed(param)}>`
    // What comes out of "$NOT_SET" would choose all that have no such value.
    if (values[i] === '') throw new OtraceError('usage', `${flag} is empty`, param.help)
    params[param.name] = fill(param, flag, values[i]!)
  }
  for (const param of optional(question)) {
    const text = String(flags[camelCased(param)] ?? param.default)
    if (param.name === 'limit') readCount('--limit', text, param.default!)
    params[param.name] = fill(param, `--${dashed(param)}`, text)
  }
  const limit = params.limit === undefined ? undefined : Number(params.limit)
  // One row more than is shown tells whether there are more.
  if (limit !== undefined) params.limit = limit + 1
  await asking(
    flags,
    context,
    async (asked) => {
      const storage = !flags.sql && question.name === 'storage'
      const stored = storage ? await tellStorage(asked) : undefined
      await answer(asked, compose(question.sql, params, asked.source), {
        title: [question.title, ...thresholds(question, flags)].join(' · '),
        panel: question.panel,
        units: question.units,
        ...(limit === undefined ? {} : { limit }),
        ...(stored ? { reshape: stored.reshape } : {}),
      })
      for (const note of stored?.notes ?? []) context.say(note)
    },
    { windowless: question.windowless },
  )
}

/** What hides rows unless it is asked for otherwise: `over 100ms`. */
function thresholds(question: Question, flags: Record<string, unknown>): string[] {
  return optional(question)
    .filter(({ unit }) => unit !== undefined)
    .map((param) => `${dashed(param)} ${flags[camelCased(param)] ?? param.default}`)
}

/** What is told of the table, whatever else the answer tells of the spans in it. */
const ofWholeTable = (sql: string) => reads(sql, 'system.tables') || reads(sql, 'system.parts')

/** Flags that do nothing to a question, by what it reads. */
function refuseUnused(command: Command, { sql }: Question): void {
  const given = placeholders(sql)
  const relation = reads(sql, 'spans') || reads(sql, 'red')
  const whole = ofWholeTable(sql)
  if (whole || !relation) {
    const why = whole ? 'the answer is about the whole table' : 'the question reads no spans'
    const timeless = whole || !['from', 'to', 'bucket'].some((name) => given.has(name))
    const flags = [...POPULATION_FLAGS, ...(timeless ? ['since', 'from', 'to'] : [])]
    withoutFlags(command, flags, `has nothing to apply to: ${why}`, 'leave it out')
    return
  }
  if (weighs(sql)) return
  withoutFlags(
    command,
    ['weight'],
    'has nothing to apply to: no sampled span is counted',
    'leave it out',
  )
}

const required = ({ params }: Question) => params.filter((param) => param.default === undefined)
const optional = ({ params }: Question) => params.filter((param) => param.default !== undefined)
const dashed = ({ name }: Param) => name.replaceAll('_', '-')
const camelCased = ({ name }: Param) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())

function paramOption(param: Param): Option {
  const usual = param.default === '' ? '' : ` (default: ${param.default})`
  const option = new Option(
    `--${dashed(param)} <${param.unit ? 'value' : param.name}>`,
    `${param.help}${usual}`,
  )
  // For help and completion; fill() does the checking, and says what a wrong word should be.
  if (param.choices) option.argChoices = param.choices
  return option
}
