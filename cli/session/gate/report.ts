/** Output of the check reports: stdout, files and GitHub Actions. */
import { createHash } from 'node:crypto'
import { appendFileSync, statSync } from 'node:fs'
import type { Context } from '../../context.ts'
import { githubAnnotations, githubSummary } from '../../gate/report/github.ts'
import { gitlabReport } from '../../gate/report/gitlab.ts'
import { jsonReport } from '../../gate/report/json.ts'
import { junitReport } from '../../gate/report/junit.ts'
import { terminalReport } from '../../gate/report/terminal.ts'
import type { CheckResult, ExitChoices } from '../../gate/verdict.ts'
import { jsonSafe, visible } from '../../output/escape.ts'
import { writeTextFile } from '../../output/new-file.ts'
import { write } from '../../output/output.ts'

export interface ReportFlags {
  json?: boolean
  junit?: string
  gitlab?: string
}

/** @throws OtraceError (exit 2) for a file that cannot be written */
export async function writeReports(
  results: CheckResult[],
  choices: ExitChoices,
  flags: ReportFlags,
  context: Context,
): Promise<void> {
  const { json, junit, gitlab } = flags
  if (junit !== undefined) save('--junit', junit, junitReport(results))
  if (gitlab !== undefined)
    save('--gitlab', gitlab, jsonSafe(gitlabReport(results, choices, digest)))
  await write(
    context.stdout,
    json ? jsonSafe(jsonReport(results)) : terminalReport(results, context.screen()),
  )
  if (!context.env.GITHUB_ACTIONS) return
  const annotations = githubAnnotations(results, choices)
  // They are commands of the runner, so context.say() would change them.
  if (annotations) context.stderr.write(visible(`${annotations.trimEnd()}\n`))
  const summary = context.env.GITHUB_STEP_SUMMARY
  if (!summary) return
  const taken = statSync(summary, { throwIfNoEntry: false })?.size
  try {
    appendFileSync(summary, githubSummary(results, taken))
  } catch (error) {
    context.say(`no job summary: ${(error as Error).message}`)
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)

const save = (flag: string, path: string, text: string) =>
  writeTextFile(path, text, { flag, replaces: true, elsewhere: 'name another file' })
