/** The fault `memory-leak`: receipts that nothing ever reads or removes. */
import type { Faults } from './faults.ts'

const LINES = 40_000
/** About 400 MB. The process must survive its fault. */
const MOST_RECEIPTS = 120

/** Returns a function that leaves one more receipt behind while the fault is active, and counts them. */
export function createLeak(faults: Faults): () => number {
  const receipts: { line: string }[][] = []
  return () => {
    if (!faults.isActive('memory-leak')) return 0
    receipts.push(Array.from({ length: LINES }, (_, i) => ({ line: `line ${i}` })))
    if (receipts.length > MOST_RECEIPTS) receipts.shift()
    return receipts.length
  }
}
