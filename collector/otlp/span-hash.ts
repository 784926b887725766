/** Hashes of a span's identity: its trace, its id and its start. */

/** Numbers of each span: two hashes of 32 bits, and the halves of its start. */
export const HASHED = 4

/**
 * Adds the hashes of one span to a list. Ids may be counted up, so that all of their bits are mixed.
 * @param trace words of 32 bits, as are the others: the last of the trace's id
 */
export function addHashes(
  list: number[],
  trace: number,
  id: number,
  idHigh: number,
  high: number,
  low: number,
): void {
  let one = Math.imul(id ^ Math.imul(trace, 0x9e3779b1), 0x85ebca6b) ^ low
  one = Math.imul(one ^ (one >>> 15), 0x2c1b3c6d)
  one = Math.imul(one ^ (one >>> 12) ^ idHigh, 0x297a2d39)
  let two = Math.imul(idHigh ^ Math.imul(id, 0xc2b2ae35), 0x27d4eb2f) ^ trace
  two = Math.imul(two ^ (two >>> 16) ^ low, 0x7feb352d)
  two = Math.imul(two ^ (two >>> 15) ^ high, 0x846ca68b)
  list.push((one ^ (one >>> 15)) >>> 0, (two ^ (two >>> 16)) >>> 0, high, low)
}
