/** How a shell reads the words up to the cursor, and takes those that it may insert. */
import { printable } from '../../render/text.ts'
import type { Shell } from './scripts.ts'

export interface Offer {
  word: string
  about?: string
}

interface Typed {
  /** Before the cursor. */
  words: string[]
  /** At the cursor, as far as it is typed. */
  current: string
  /** The quote that is open at the cursor, and the length of `current` before it. */
  quote: string
  opened: number
}

interface Spelling {
  /** Undefined where the word at the cursor cannot be continued. */
  read(words: string[], current: string): Typed | undefined
  /** A line for the script; undefined for a word that cannot be inserted safely. */
  write(offer: Offer, typed: Typed): string | undefined
}

/** Characters that mean nothing to a shell, wherever they stand. */
const PLAIN = /[\w./:@%+=,-]/

/**
 * The spelling of a shell. Words come from spans and query files, so bash and zsh get every character escaped that
 * could mean something; fish splits and quotes by itself. The scripts of bash and zsh split at spaces alone.
 */
export function spelling(shell: Shell): Spelling {
  if (shell === 'fish') {
    return {
      read(words, current) {
        const typed = split(current)
        return typed && { ...typed, words }
      },
      write: ({ word, about }) =>
        isSafe(word) ? `${word}${about ? `\t${printable(about)}` : ''}` : undefined,
    }
  }
  return {
    read(words, current) {
      const typed = split([...words, current].join(' '))
      // zsh would insert what follows the quote outside it.
      return shell === 'zsh' && typed?.quote ? undefined : typed
    },
    write({ word }, { quote, opened }) {
      if (!isSafe(word)) return undefined
      if (quote === "'") return word.includes(quote) ? undefined : word.slice(opened)
      // The exclamation mark means the history, and stays escaped.
      if (quote === '"')
        return word.includes('!') ? undefined : word.slice(opened).replace(/["\\$`]/g, '\\$&')
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

/** @returns undefined where a shell would expand the last word */
function split(text: string): Typed | undefined {
  const words: string[] = []
  let [current, quote, opened] = ['', '', 0]
  let expands = false
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]!
    if (quote === "'" && sign !== quote) current += sign
    else if (sign === '\\') {
      const next = text[++i] ?? ''
      current += quote === '' || /["\\$`]/.test(next) ? next : sign + next
    } else if (sign === quote) quote = ''
    else if (quote === '' && /['"]/.test(sign)) [quote, opened] = [sign, current.length]
    else if (quote === '' && sign === ' ') {
      words.push(current)
      current = ''
      expands = false
    } else {
      current += sign
      expands ||= sign === '$' || sign === '`'
    }
  }
  return expands ? undefined : { words, current, quote, opened }
}
