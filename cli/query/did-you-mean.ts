/** Suggests the known word nearest to a mistyped one, and other spellings of a text. */

/** Longer texts are statements: comparing them takes time by the square. */
const LONGEST = 200

/** From so many letters on, a word within another is not there by chance. */
const PART = 4

/** The known word within an edit or two, else with the typed prefix, or part; undefined if none is near. */
export function didYouMean(typed: string, known: Iterable<string>): string | undefined {
  const word = typed.toLowerCase()
  const most = Math.max(1, Math.floor(word.length / 3))
  let best: { one: string; slips: number } | undefined
  for (const one of word.length > LONGEST ? [] : known) {
    if (Math.abs(one.length - word.length) > most) continue
    const slips = slipsBetween(word, one.toLowerCase())
    if (slips <= most && slips < (best?.slips ?? Number.POSITIVE_INFINITY)) best = { one, slips }
  }
  if (best || word.length < 3) return best?.one
  const all = [...known].filter((one) => one !== '')
  return (
    all.find((one) => one.toLowerCase().startsWith(word) || word.startsWith(one)) ??
    (word.length < PART ? undefined : all.find((one) => one.toLowerCase().includes(word)))
  )
}

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i
const AROUND = /^(?:urn:uuid:|[\s=:'"“”„‘’«»`({[<])+|[\s'"“”„‘’«»`)}\]>,;]+$/gi

/**
 * How a text may be stored instead: without quotes, brackets or a sign before it, in another case, a UUID with or
 * without dashes.
 */
export function otherSpellings(typed: string): string[] {
  const plain = typed.replace(AROUND, '')
  const parts = UUID.exec(plain)?.slice(1)
  const forms = parts ? [parts.join('-'), parts.join('')] : [plain]
  const all = forms.flatMap((form) => [form, form.toLowerCase(), form.toUpperCase()])
  return [...new Set(all)].filter((one) => one !== '' && one !== typed)
}

/**
 * Letters added, left out, changed or swapped: https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance (optimal
 * string alignment).
 */
function slipsBetween(a: string, b: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, i) => i)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = last![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const slips = Math.min(changed, last![j]! + 1, row[j - 1]! + 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(swapped ? Math.min(slips, before![j - 2]! + 1) : slips)
    }
    ;[before, last] = [last, row]
  }
  return last![b.length]!
}
