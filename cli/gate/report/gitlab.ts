/** The check report as GitLab code quality JSON. */
import { type CheckResult, type ExitChoices, exitOf, VERDICTS } from '../verdict.ts'

/**
 * @param fingerprint hash of a text, stable across pipelines
 */
export function gitlabReport(
  results: CheckResult[],
  choices: ExitChoices,
  fingerprint: (text: string) => string,
): string {
  const issues = results
    .filter(({ verdict, exit }) => exitOf(verdict, choices, exit) !== 0)
    .map((result) => ({
      description: `${result.name}: ${VERDICTS[result.verdict].word}: ${result.summary}`,
      check_name: `otrace/${result.test.replace(/\W+/g, '-')}`,
      fingerprint: fingerprint([result.file, result.name, result.test].join('\n')),
      severity: result.verdict === 'fail' ? 'major' : 'minor',
      location: { path: result.file || '.', lines: { begin: result.line } },
    }))
  return `${JSON.stringify(issues, null, 2)}\n`
}
