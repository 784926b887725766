/** Coloured text of a terminal as runs of one style. */

export interface StyledRun {
  text: string
  bold: boolean
  dim: boolean
  italic: boolean
  underline: boolean
  /** The code of its colour, 30 to 37 and 90 to 97; 0 for the text's own. */
  colour: number
}

/** The runs of a text with SGR codes of 16 colours: https://en.wikipedia.org/wiki/ANSI_escape_code#SGR */
export function styledRuns(text: string): StyledRun[] {
  let style = { bold: false, dim: false, italic: false, underline: false, colour: 0 }
  const runs: StyledRun[] = []
  for (const part of text.split(/(\x1b\[[\d;]*m)/)) {
    const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1]
    if (codes === undefined) {
      if (part !== '') runs.push({ text: part, ...style })
      continue
    }
    for (const code of codes.split(';').map(Number)) style = styled(style, code)
  }
  return runs
}

/** A text without its SGR codes. */
export const unstyled = (text: string) =>
  styledRuns(text)
    .map((run) => run.text)
    .join('')

function styled(style: Omit<StyledRun, 'text'>, code: number): Omit<StyledRun, 'text'> {
  if (code === 0) return { bold: false, dim: false, italic: false, underline: false, colour: 0 }
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 3) return { ...style, italic: true }
  if (code === 4) return { ...style, underline: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 23) return { ...style, italic: false }
  if (code === 24) return { ...style, underline: false }
  if (code === 39) return { ...style, colour: 0 }
  return code >= 30 && code < 98 ? { ...style, colour: code } : style
}

/** The classes of a run's style: `b d i u c36`. */
export function classesOf({ bold, dim, italic, underline, colour }: StyledRun): string {
  const names = [
    bold && 'b',
    dim && 'd',
    italic && 'i',
    underline && 'u',
    colour > 0 && `c${colour}`,
  ]
  return names.filter(Boolean).join(' ')
}
