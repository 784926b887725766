/** The head of a .sql file, like a commit message: subject, body, `@tag` trailers. */
import { usage } from '../errors.ts'
import { withoutSemicolons } from './sql-text.ts'

export interface Tag {
  name: string
  text: string
  /** 1-based, for messages. */
  line: number
}

const STARTER = 'otrace queries new <name> writes one to start from'

export interface Header {
  title: string
  body: string
  tags: Tag[]
  /** The SQL after the header, without a trailing semicolon. */
  sql: string
  /** The line of its first word in the file, 1-based. */
  sqlLine: number
}

/**
 * Splits a file into its header, the `--` lines at its top, and its SQL. Indented lines continue a tag.
 * @throws OtraceError (exit 2) when there is no title or no SQL
 */
export function readHeader(path: string, text: string, { sqlNeeded = true } = {}): Header {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const end = lines.findIndex((line) => !line.startsWith('--'))
  const head = lines.slice(0, end === -1 ? lines.length : end)
  const rest = lines.slice(head.length).join('\n')
  const sql = withoutSemicolons(rest)
  const blank = /^\s*/.exec(rest)![0].split('\n').length - 1
  const title = head[0]?.replace(/^--\s*/, '').trim() ?? ''
  if (text.trim() === '') throw usage(`${path}:1: an empty file`, STARTER)
  if (!title || title.startsWith('@')) {
    throw usage(`${path}:1: no title`, 'start the file with: -- What it shows')
  }
  if (!sql && sqlNeeded) {
    throw usage(`${path}: no SQL`, 'write the statement under the header')
  }
  const body: string[] = []
  const tags: Tag[] = []
  for (const [index, raw] of head.entries()) {
    if (index === 0) continue
    const content = raw.replace(/^--\s?/, '')
    const tag = /^\s*@([\w-]+)\s*(.*)$/.exec(content)
    const last = tags.at(-1)
    if (tag) tags.push({ name: tag[1]!, text: tag[2]!.trim(), line: index + 1 })
    else if (last && /^ {2}/.test(content)) last.text += ` ${content.trim()}`
    else body.push(content.trim())
  }
  return { title, body: body.join('\n').trim(), tags, sql, sqlLine: head.length + blank + 1 }
}

/** The SQL of a file without its header. */
export function stripHeader(text: string): string {
  return text.replace(/^(?:--.*\r?\n)+/, '').trim()
}
