/** Drawings in ASCII, for a terminal whose locale has no other characters. */

/** What is drawn, and what stands for it: as wide, so that columns stay below each other. */
const DRAWN =
  '─╴╶╌╍┄┈━╸╺═╎╏│┃║├┤┌┐└┘╭╮╯╰┬┴┼┏┓┗┛╔╗╚╝▁▂▃▄▅▆▇█▉▊▋▌▍▎▏▐░▒▓■▲▶◂◆·•–—…‘’“”„×−µμ↑→←↻≡≤≥⋯␛✓✗'
const ASCII =
  "---~:..===#.:||H+|+++++++++++++++####___--==#####|||#:=*#^><#.*--~'''''x-uu^><@=<>~?+x"
const SPELLED = new Map([...DRAWN].map((drawn, i) => [drawn, ASCII[i]!]))
const ANY = new RegExp(`[${DRAWN}]`, 'gu')

/** A text with its drawings in ASCII, also where they are of the data. All other characters stay as they are. */
export const inAscii = (text: string): string => text.replace(ANY, (drawn) => SPELLED.get(drawn)!)

/**
 * Whether the locale certainly has no drawings: `C`, `POSIX`, or with another encoding than UTF-8. Where none is set,
 * as in containers, the terminal has them.
 */
export function isAsciiLocale({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG || ''
  if (locale === 'C' || locale === 'POSIX') return true
  const [, encoding] = /\.([^@]+)/.exec(locale) ?? []
  return encoding !== undefined && !/^utf-?8$/i.test(encoding)
}

/** Writes drawings to a stream in ASCII. Bytes stay as they are. */
export function writeAscii(stream: NodeJS.WritableStream): void {
  const write = stream.write.bind(stream) as (part: unknown, ...rest: unknown[]) => boolean
  stream.write = (part: unknown, ...rest: unknown[]) =>
    write(typeof part === 'string' ? inAscii(part) : part, ...rest)
}
