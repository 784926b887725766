/** The parameters of a query file as arguments and flags, their values, and their help. */
import { type Command, Option } from 'commander'
import { usage } from '../errors.ts'
import { bindParam, withGoodDefaults } from '../query/bind.ts'
import type { ParamValue } from '../query/compose/bound-query.ts'
import { hasSteps } from '../query/has-steps.ts'
import { resultColumns } from '../query/prune.ts'
import { argumentName, type Param, type Query } from '../query/query-file.ts'
import { mapRows, type Result } from '../store/client.ts'
import { readCount } from '../units/parse.ts'
import { type Unit, units } from '../units/units.ts'
import { addBucketFlag } from './window.ts'

/** Adds the parameters of a query, --quantile and --bucket. */
export function addParams(command: Command, query: Query): void {
  for (const param of requiredParams(query))
    command.argument(`<${argumentName(param)}>`, param.help)
  command.optionsGroup('Query:')
  const optional = optionalParams(query)
  const most = ['limit', 'values'].find((name) => optional.some((param) => param.name === name))
  for (const param of optional) command.addOption(paramOption(param, most))
  if (quantiles(query).length > 1 && query.panel !== 'histogram') {
    command.addOption(
      new Option('--quantile <name>', 'only this quantile').choices(quantiles(query)),
    )
  }
  if (hasSteps(query.sql)) {
    addBucketFlag(command, 'duration of one bucket, such as 5m')
  }
}

/**
 * The values of all parameters. `limit` is the most rows to show; the query asks for one more, which tells that there
 * are more.
 * @throws OtraceError (exit 2) for a malformed value
 */
export function readParams(
  query: Query,
  values: string[],
  flags: Record<string, unknown>,
): { params: Record<string, ParamValue>; limit: number | undefined } {
  const params: Record<string, ParamValue> = {}
  withGoodDefaults(query)
  for (const [i, param] of requiredParams(query).entries()) {
    const flag = `<${argumentName(param)}>`
    // An unset shell variable arrives as '' and would match spans without the attribute.
    if (values[i] === '') throw usage(`${flag} is empty`, param.help)
    params[param.name] = bindParam(param, flag, values[i]!)
  }
  for (const param of optionalParams(query)) {
    const text = String(flags[camelCased(param)] ?? param.default)
    if (COUNTS.includes(param.name)) {
      const most = param.type === 'UInt16' ? 65_535 : undefined
      readCount(`--${param.name}`, text, param.default!, most)
    }
    if (param.name === 'by' && text === '') {
      throw usage(
        '--by is empty',
        'name an attribute or a column; list attributes with: otrace attributes',
      )
    }
    params[param.name] = bindParam(param, `--${argumentName(param)}`, text)
  }
  const limit = params.limit === undefined ? undefined : Number(params.limit)
  if (limit !== undefined) params.limit = limit + 1
  return { params, limit }
}

/** Parameters of queries that are numbers of rows, lines or bins: none of them would show nothing. */
const COUNTS = ['limit', 'values', 'bins']

/** The columns that are quantiles, such as `p95`. */
const quantiles = (query: Query) => Object.keys(query.units).filter((name) => /^p\d\d/.test(name))

/** Leaves out the other quantiles with --quantile. */
export function reshapeOf(
  query: Query,
  { quantile }: Record<string, unknown>,
): { reshape?: (result: Result) => Result } {
  return quantile === undefined ? {} : { reshape: only(query, String(quantile)) }
}

function only(query: Query, quantile: string): (result: Result) => Result {
  const others = quantiles(query).filter((name) => name !== quantile)
  return (result) => ({
    ...mapRows(result, (row) =>
      Object.fromEntries(Object.entries(row).filter(([name]) => !others.includes(name))),
    ),
    columns: result.columns.filter(({ name }) => !others.includes(name)),
  })
}

export const requiredParams = ({ params }: Query) =>
  params.filter((param) => param.default === undefined)
export const optionalParams = ({ params }: Query) =>
  params.filter((param) => param.default !== undefined)
export const camelCased = ({ name }: Param) =>
  name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())

/** @param most the parameter that `-n` sets */
function paramOption(param: Param, most?: string): Option {
  const usual = param.default === '' ? '' : ` (default: ${param.default})`
  if (param.type === 'Bool') return new Option(`--${argumentName(param)}`, param.help)
  const flags = `--${argumentName(param)} <${placeholderOf(param)}>`
  const option = new Option(param.name === most ? `-n, ${flags}` : flags, `${param.help}${usual}`)
  // For help and completion only: bindParam validates, with a better message.
  if (param.choices) option.argChoices = param.choices
  return option
}

/** What a value looks like, in the words of all commands. */
function placeholderOf({ name, type, unit, choices }: Param): string {
  if (unit) return units[unit].noun
  if (name === 'by' || name === 'sum') return 'key'
  if (/^U?Int/.test(type)) return 'n'
  return type === 'String' && !choices ? 'text' : name
}

/** The description of a query in its help: title, body, and columns with units. */
export function describeQuery(query: Query): string {
  const columns = resultColumns(query.sql).map((name) => {
    const unit = query.units[name]
    return unit && UNIT_TEXTS[unit] ? `${name} (${UNIT_TEXTS[unit]})` : name
  })
  const list = columns.length > 0 && `Columns: ${columns.join(', ')}.`
  return [query.title, query.description, list].filter(Boolean).join('\n\n')
}

/** Units of the raw numbers; Grafana's names of counts say nothing. */
const UNIT_TEXTS: Partial<Record<Unit, string>> = {
  ns: 'ns',
  ms: 'ms',
  s: 's',
  bytes: 'bytes',
  reqps: '1/s',
  percentunit: '0 to 1',
}
