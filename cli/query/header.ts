/** The head of a .sql file, shaped like a commit message: subject, body, `@tag` trailers; for questions and span profiles. */
import { OtraceError } from '../errors.ts'

export interface Tag {
  name: string
  text: string
  /** 1-based, for messages. */
  line: number
}

export interface Header {
  title: string
  body: string
  tags: Tag[]
  /** What follows the header, without a trailing semicolon. */
  sql: string
}

/**
 * Splits a file into its header and its SQL. The header is the run of `--` lines at the top.
 * @throws OtraceError (exit 2) when there is no title or no SQL
 */
export function readHeader(path: string, text: string, { sqlNeeded = true } = {}): Header {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const end = lines.findIndex((line) => !line.startsWith('--'))
  const head = lines.slice(0, end === -1 ? lines.length : end)
  const sql = lines.slice(head.length).join('\n').trim().replace(/;\s*$/, '')
  const title = head[0]?.replace(/^--\s*/, '').trim() ?? ''
  if (!title || title.startsWith('@')) {
    throw new OtraceError('usage', `${path}:1: no title`, 'start the file with: -- What it shows')
  }
  if (!sql && sqlNeeded) {
    throw new OtraceError('usage', `${path}: no SQL`, 'write the statement under the header')
  }
  const body: string[] = []
  const tags: Tag[] = []
  for (const [index, raw] of head.entries()) {
    if (index === 0) continue
    const content = raw.replace(/^--\s?/, '')
    const tag = /^\s*@([\w-]+)\s*(.*)$/.exec(content)
    if (tag) tags.push({ name: tag[1]!, text: tag[2]!.trim(), line: index + 1 })
    else body.push(content.trim())
  }
  return { title, body: body.join('\n').trim(), tags, sql }
}

/** A .sql file's statement alone, for files that are asked by hand-written commands. */
export function stripHeader(text: string): string {
  return text.replace(/^(?:--.*\r?\n)+/, '').trim()
}
