/** Splits a command line into words, with quotes as in a shell. */

/** @returns undefined where a quote is not closed */
export function words(line: string): string[] | undefined {
  const found: string[] = []
  let rest = line.trim()
  while (rest !== '') {
    const [, word = ''] = /^((?:[^\s'"]+|'[^']*'|"[^"]*")+)(?=\s|$)/.exec(rest) ?? []
    if (word === '') return undefined
    found.push(word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'))
    rest = rest.slice(word.length).trim()
  }
  return found
}
