/** Adds the status message to findings about errors that no line tells. */
import type { Window } from '../../query/window.ts'
import type { WhyFinding } from '../../why/finding.ts'
import { shownFindings } from '../../why/report.ts'
import { builtInQuery, queryRows } from '../run.ts'
import type { Session } from '../session.ts'

/** The same findings. Of several messages of an operation, the one that most more spans have than before. */
export async function withMessages(
  session: Session,
  { window, baseline }: { window: Window; baseline?: Window | undefined },
  findings: readonly WhyFinding[],
): Promise<WhyFinding[]> {
  const shown = shownFindings(findings)
  const read = async ({ service, name }: WhyFinding, of: Window) => {
    const given = { of_service: service, of_name: name }
    const source = { ...session.source, window: of, weighted: false }
    const query = builtInQuery('internal/why/status-messages.sql', given, source)
    const rows = await queryRows({ ...session, source }, query)
    return new Map(rows.map(({ text, failing }) => [String(text), Number(failing)]))
  }
  return Promise.all(
    findings.map(async (finding) => {
      const { kind, ends, detail, peer, spans } = finding
      const isTold = ends || (detail !== undefined && peer === undefined)
      if (kind !== 'errors begin here' || isTold || !shown.includes(finding)) return finding
      const after = await read(finding, window)
      const before = baseline ? await read(finding, baseline) : new Map<string, number>()
      const more = ([text, count]: [string, number]) =>
        count / spans[1] - (before.get(text) ?? 0) / spans[0]
      const [most] = [...after].sort((a, b) => more(b) - more(a))
      if (!most || more(most) <= 0) return finding
      const { peer: _, ...rest } = finding
      return { ...rest, detail: most[0] }
    }),
  )
}
