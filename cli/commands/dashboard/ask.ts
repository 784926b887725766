/** The results of a dashboard's panels, as text and as JSON. */
import { filterWords, readFilters } from '../../options/filters.ts'
import { readParams, reshapeOf } from '../../options/query-params.ts'
import { readWindow, type WindowFlags, windowText } from '../../options/window.ts'
import { shellLine } from '../../output/shell-line.ts'
import { compose } from '../../query/compose/compose.ts'
import { bucketStarts, incompleteStarts } from '../../query/window.ts'
import { PANELS } from '../../render/panels.ts'
import type { Screen } from '../../render/renderer.ts'
import { type Block, gridOf, sideBySide } from '../../render/side-by-side.ts'
import { textWidth } from '../../render/text.ts'
import type { Cell, Table } from '../../result.ts'
import { explainEmpty } from '../../session/empty-result.ts'
import { isOverWindow, lateStartNotes } from '../../session/notes/window.ts'
import { withUnits } from '../../session/print.ts'
import { guardSession } from '../../session/project-query.ts'
import { placeErrors } from '../../session/query-error.ts'
import { knownSource, resolveSampling } from '../../session/sampling.ts'
import type { Session } from '../../session/session.ts'
import { readAll } from '../../store/client.ts'
import type { DashboardFile, DashboardPanel } from './file.ts'

/** Flags of window and filters as commander stores them, with `utc`. */
export type DashboardFlags = WindowFlags & Record<string, unknown>

export interface PanelResult {
  panel: DashboardPanel
  table: Table
  /** What its counts mean, if they are of sampled spans. */
  note?: string | undefined
  /** It has rates over the whole window. */
  hasRates: boolean
}

/**
 * Asks every panel, for one window.
 * @param flags those of the dashboard; a panel's own replace them
 */
export async function askPanels(
  session: Session,
  panels: DashboardPanel[],
  flags: DashboardFlags,
): Promise<PanelResult[]> {
  const now = session.context.now()
  const results = await Promise.all(
    panels.map(async (panel) => ({ panel, ...(await ask(session, panel, flags, now)) })),
  )
  return results.filter(({ panel, table }) => !panel.optional || table.rows.length > 0)
}

async function ask(
  opened: Session,
  { query, values, flags: own, title }: DashboardPanel,
  flags: DashboardFlags,
  now: bigint,
): Promise<Omit<PanelResult, 'panel'>> {
  const session = guardSession(opened, query)
  const all = { ...flags, ...own }
  const window = query.allTime ? undefined : readWindow(all, now)
  const { params, limit } = readParams(query, values, own)
  const source = { ...session.source, filters: readFilters(all), window }
  const there = { ...session, source }
  const composed = compose(query.sql, params, knownSource(there))
  const { query: resolved, note } = await resolveSampling(there, composed)
  const running = session.store.ask(resolved, { database: source.database })
  const asked = await placeErrors(query, running)
  const result = reshapeOf(query, own).reshape?.(asked) ?? asked
  const rows = await readAll(result.batches)
  const table: Table = {
    title,
    columns: withUnits(result.columns, query.units, composed),
    rows: limit === undefined ? rows : rows.slice(0, limit),
    samples: query.samples,
    covered: query.covered,
    buckets: window && (() => bucketStarts(window)),
    incomplete: window && (() => incompleteStarts(window, now)),
  }
  return {
    table,
    note: rows.length > 0 ? note : undefined,
    hasRates: rows.length > 0 && isOverWindow(resolved),
  }
}

/** Sentences about all panels: why none has a row, since when there are spans, and that some are sampled. */
export async function panelNotes(
  session: Session,
  results: PanelResult[],
  flags: DashboardFlags,
): Promise<string[]> {
  const window = readWindow(flags, session.context.now())
  if (results.every(({ table }) => table.rows.length === 0)) {
    const there = { ...session, source: { ...session.source, window } }
    return [await explainEmpty(there, { kept: 'requests' })]
  }
  const late = results.some(({ hasRates }) => hasRates) ? await lateStartNotes(session, window) : []
  return [...late, ...new Set(results.flatMap(({ note }) => note ?? []))]
}

type Named = (text: string) => string

/** The panels as text for a screen, side by side where there is room. */
async function drawPanels(results: PanelResult[], screen: Screen, named: Named): Promise<string> {
  const grid = gridOf(screen.width)
  const blocks: Block[] = []
  for (const { panel, table } of results) {
    const width = panel.wide ? grid.wide : grid.narrow
    const render = await PANELS[panel.query.panel]()
    const text = render(table, { ...screen, width, unbounded: false })
    const command = commandLines(panel, width, named).map((line) => screen.colour.dim(line))
    blocks.push({ text: [text, ...command].join('\n'), wide: panel.wide })
  }
  return sideBySide(blocks, grid)
}

/**
 * A dashboard for the terminal.
 * @param width columns, if not the screen's
 * @returns its text without a line break at the end, and its panels
 */
export async function drawDashboard(
  session: Session,
  file: DashboardFile,
  flags: DashboardFlags,
  width?: number,
): Promise<{ text: string; results: PanelResult[] }> {
  const screen = session.context.screen(flags.utc)
  // A screen, also in a pipe.
  const clipped = { ...session, source: { ...session.source, clipped: true } }
  const results = await askPanels(clipped, file.panels, flags)
  const { bold, dim } = screen.colour
  const drawn = await drawPanels(
    results,
    width === undefined ? screen : { ...screen, width },
    session.context.named,
  )
  return {
    text: `${bold(file.title)}  ${dim(headOf(flags))}\n\n${drawn}`,
    results,
  }
}

/** The window and the filters in force, those of the configuration too. */
export function headOf(flags: DashboardFlags): string {
  return [windowText(flags), shellLine(filterWords(flags))].filter(Boolean).join(' · ')
}

/** The lines of the command that prints the panel, or of one that shows more. Breaks are before flags. */
export function commandLines(
  { command, more }: DashboardPanel,
  width: number,
  named: Named = String,
): string[] {
  const shown = command ?? more
  if (shown === undefined) return []
  // A flag and its value stay together.
  const parts = named(`$ otrace ${shown}`).split(/ (?=--)/)
  const lines = [parts[0]!]
  for (const part of parts.slice(1)) {
    const line = lines.at(-1)!
    // Room for the backslash that joins lines in a shell.
    if (textWidth(line) + textWidth(part) + 3 <= width) lines[lines.length - 1] = `${line} ${part}`
    else lines.push(`    ${part}`)
  }
  return lines.map((line, i) => (i < lines.length - 1 ? `${line} \\` : line))
}

/** A dashboard as JSON: its title, its window, and each panel's title, command and rows. */
export function dashboardJson(
  file: DashboardFile,
  flags: DashboardFlags,
  results: PanelResult[],
): Cell {
  const panels = results.map(({ panel, table }) => ({
    title: table.title,
    command: panel.command === undefined ? null : `otrace ${panel.command}`,
    more: panel.more === undefined ? null : `otrace ${panel.more}`,
    rows: table.rows,
  }))
  return { title: file.title, window: windowText(flags), panels } as unknown as Cell
}
