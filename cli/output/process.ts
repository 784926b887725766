/** The parts of a process that the program uses. */

export interface Surroundings {
  env: NodeJS.ProcessEnv
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }
  stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }
}

/** Columns of a pipe: wide enough for a trace id and its columns. */
const PIPE_WIDTH = 120

/** Whether what reads stdout is not a screen, nor one whose width is given: tables then cut nothing. */
export const isUnbounded = ({ env, stdout }: Pick<Surroundings, 'env' | 'stdout'>) =>
  !stdout.isTTY && !stdout.columns && !Number(env.COLUMNS)

/** Columns of stdout. */
export function screenWidth({ env, stdout, stderr }: Surroundings): number {
  // With a pager, stdout is a pipe and stderr is still the terminal.
  const columns = stdout.columns || Number(env.COLUMNS) || stderr.columns || PIPE_WIDTH
  return Math.max(30, columns)
}

/** GitHub Actions and those like it, Azure Pipelines and TeamCity set these. */
const RUNNERS = ['GITHUB_ACTIONS', 'TF_BUILD', 'TEAMCITY_VERSION']

export const isRunnerLog = (env: NodeJS.ProcessEnv) => RUNNERS.some((name) => env[name])

/** Whether the typed words choose output for programs, in which no character is replaced. */
export function isForPrograms(words: string[]): boolean {
  // What follows is the command of `otrace run`, or no flag.
  const end = words.indexOf('--')
  const argv = end < 0 ? words : words.slice(0, end)
  if (argv.some((word) => word === '--sql' || word.startsWith('--json'))) return true
  const at = argv.findIndex((word) => /^(?:-o|--output\b)/.test(word))
  return at >= 0 && !/terminal$/.test(argv.slice(at, at + 2).join(' '))
}

/**
 * Whether `otrace` alone is not on the path: npx and `npm run` put node_modules/.bin there for what they start.
 * @param script the absolute path of `process.argv[1]`
 */
export const isByNpx = (env: NodeJS.ProcessEnv, script: string): boolean =>
  Boolean(env.npm_command) || script.endsWith('/node_modules/.bin/otrace')
