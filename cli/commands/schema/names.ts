/** Names and texts in DDL, quoted where they need it. */

export const name = (word: string) =>
  /^[A-Za-z_]\w*$/.test(word) ? word : `\`${escaped(word, '`')}\``

export const text = (word: string) => `'${escaped(word, "'")}'`

const escaped = (word: string, quote: string) =>
  word.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)
