/** Numbers keys from 0 on: a hash table of doubles, which a Map would hold as objects. */

export interface Numbering {
  count: number
  /** The key of each number. */
  keys: Float64Array
  /** Numbers plus 1 by hash; 0 is free. */
  slots: Int32Array
}

export const newNumbering = (): Numbering => ({
  count: 0,
  keys: new Float64Array(1024),
  slots: new Int32Array(4096),
})

/**
 * The number of a key, a whole number below 2^53.
 * @returns -1 for an unknown key that is not to be added
 */
export function numberOf(numbering: Numbering, key: number, add: boolean): number {
  const { keys, slots } = numbering
  let slot = slotOf(key, slots.length)
  for (let found = slots[slot]!; found !== 0; found = slots[slot]!) {
    if (keys[found - 1] === key) return found - 1
    slot = (slot + 1) & (slots.length - 1)
  }
  if (!add) return -1
  const number = numbering.count++
  slots[slot] = number + 1
  keys[number] = key
  if (numbering.count === keys.length) grow(numbering)
  return number
}

/** Keys are hashes already; `length` is a power of two. */
const slotOf = (key: number, length: number) => ((key % 2_147_483_647) | 0) & (length - 1)

function grow(numbering: Numbering): void {
  const keys = new Float64Array(2 * numbering.keys.length)
  keys.set(numbering.keys)
  const slots = new Int32Array(4 * keys.length)
  for (let i = 0; i < numbering.count; i++) {
    let slot = slotOf(keys[i]!, slots.length)
    while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1)
    slots[slot] = i + 1
  }
  numbering.keys = keys
  numbering.slots = slots
}
