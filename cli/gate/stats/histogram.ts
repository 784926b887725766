/** A mergeable logarithmic histogram of durations. */

import { uniform } from './random.ts'

/** Ratio of a bucket's ends: 2 %, so that a value is off by at most 1 %. */
const GROWTH = Math.log(1.02)

/** Bucket number → count. Bucket i holds durations from 1.02^i to 1.02^(i + 1) ns. */
export type Histogram = Map<number, number>

export function histogram(durations: Iterable<number>): Histogram {
  const buckets: Histogram = new Map()
  for (const value of durations) {
    const bucket = Math.floor(Math.log(Math.max(value, 1)) / GROWTH)
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1)
  }
  return buckets
}

export function mergeHistograms(all: Histogram[]): Histogram {
  const merged: Histogram = new Map()
  for (const one of all) {
    for (const [bucket, count] of one) merged.set(bucket, (merged.get(bucket) ?? 0) + count)
  }
  return merged
}

/**
 * Durations with the histogram's distribution, evenly spread over each bucket on a log scale,
 * so that binning makes no ties. In no order: calibration cuts a list into blocks, which are alike if nothing changes.
 * @param most values to return: above that, every k-th by rank
 */
export function spread(buckets: Histogram, most: number): number[] {
  const total = [...buckets.values()].reduce((sum, count) => sum + count, 0)
  const step = Math.max(1, total / most)
  const values: number[] = []
  let before = 0
  let next = step / 2
  for (const [bucket, count] of [...buckets].sort(([a], [b]) => a - b)) {
    for (; next <= before + count; next += step) {
      values.push(Math.exp((bucket + (next - before) / count) * GROWTH))
    }
    before += count
  }
  const random = uniform(1)
  return values
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value)
}
