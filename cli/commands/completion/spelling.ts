/** How a shell reads the word at the cursor, and takes the words that it may insert. */
import { printable } from '../../render/text.ts'
import type { Shell } from './scripts.ts'

export interface Offer {
  word: string
  about?: string
}

interface Spelling {
  /** The word that is typed so far; undefined for a quoted one. */
  read(raw: string): string | undefined
  /** A line for the script; undefined for a word that cannot be inserted safely. */
  write(offer: Offer): string | undefined
}

/** Characters that mean nothing to a shell, wherever they stand. */
const PLAIN = /[\w./:@%+=,-]/

/**
 * The spelling of a shell. Words come from spans and query files, so bash and zsh get every character escaped that
 * could mean something; fish escapes what it inserts.
 */
export function spelling(shell: Shell): Spelling {
  if (shell === 'fish') {
    return {
      read: (raw) => unescaped(raw),
      write: ({ word, about }) =>
        isSafe(word) ? `${word}${about ? `\t${printable(about)}` : ''}` : undefined,
    }
  }
  return {
    read: (raw) => unescaped(raw),
    write: ({ word }) => {
      if (!isSafe(word)) return undefined
      return [...word].map((sign) => (PLAIN.test(sign) ? sign : `\\${sign}`)).join('')
    },
  }
}

/** Longer words are not offered, in characters. */
const LONGEST = 200

/** A word on one line, that a terminal shows as it is. */
function isSafe(word: string): boolean {
  return word !== '' && word.length <= LONGEST && !word.startsWith('~') && printable(word) === word
}

function unescaped(raw: string): string | undefined {
  return /^['"]|[`$]/.test(raw) ? undefined : raw.replace(/\\(.)/g, '$1')
}
