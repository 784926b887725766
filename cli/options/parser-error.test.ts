/** The parser's own words, reworded. */
import { Argument, Command, type CommanderError, Option } from 'commander'
import { expect, it } from 'vitest'
import { parserError } from './parser-error.ts'

function errorOf(...words: string[]) {
  const command = new Command('program')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addOption(new Option('-o, --output <format>').choices(['table', 'json']).conflicts('json'))
    .option('--json')
    .action(() => {})
  try {
    command.parse(words, { from: 'user' })
  } catch (error) {
    return parserError(error as CommanderError)
  }
}

it.each([
  [['foo'], "invalid value 'foo' for <shell>", 'use bash, zsh or fish'],
  [['zsh', '-o', 'xml'], "invalid value 'xml' for --output", 'use table or json'],
  [['zsh', '-o', 'json', '--json'], "--output can't be used with --json", 'leave one of them out'],
  [['zsh', '-o'], '--output needs a value', 'write it like --output <format>'],
  [['zsh', '--outptu'], "unknown option '--outptu'", 'did you mean --output?'],
  [['zsh', '--otlp'], "unknown option '--otlp'", ''],
  [[], 'missing argument: <shell>', ''],
  [['zsh', 'fish'], 'too many arguments: expected 1, got 2', ''],
])('%j', (words, message, hint) => {
  expect(errorOf(...words)).toEqual({ message, hint })
})
