/** Columns of a text in a terminal, by graphemes. */
import { eastAsianWidth } from 'get-east-asian-width'

/** Creating one loads tables of ICU: 13 ms, which few commands need. */
let made: Intl.Segmenter | undefined

/** The graphemes of a text. */
export function graphemesOf(text: string): Iterable<Intl.SegmentData> {
  made ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return made.segment(text)
}

const HIDDEN = String.raw`\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Mn}\p{Me}\p{Cs}`
const VISIBLE = new RegExp(`[^${HIDDEN}]`, 'u')
/** Emoji of several code points that a narrow one may start; V8 takes 20 ms to compile \p{RGI_Emoji}. */
const EMOJI =
  /^(?:(?=\p{Emoji})\p{Extended_Pictographic}\ufe0f|\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|[\d#*]\ufe0f?\u20e3|\p{Regional_Indicator}{2}|\p{Extended_Pictographic}[^\u200d]{0,20}\u200d.{0,20}\p{Extended_Pictographic})/u
/** Parts of a grapheme that take columns beside its first: spacing marks, halfwidth forms, Hangul. */
const BESIDE = /\p{Mc}|[\uff00-\uffef\u1100-\u115f\ua960-\ua97c]/gu

/** Columns of a text, 2 for most CJK and emoji. */
export function graphemeWidth(text: string): number {
  let width = 0
  for (const { segment } of graphemesOf(text)) width += oneWidth(segment)
  return width
}

function oneWidth(segment: string): number {
  const from = segment.search(VISIBLE)
  if (from < 0) return 0
  if (EMOJI.test(segment)) return 2
  const first = segment.codePointAt(from)!
  let width = eastAsianWidth(first)
  const rest = segment.slice(from + (first > 0xffff ? 2 : 1))
  for (const [part] of rest.matchAll(BESIDE)) width += eastAsianWidth(part.codePointAt(0)!)
  return width
}
