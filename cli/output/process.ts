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
