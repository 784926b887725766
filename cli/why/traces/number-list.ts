/** Whole numbers in a row that grows: an array of them would take twice the bytes. */
export interface NumberList {
  count: number
  values: Uint32Array
}

export const newNumberList = (): NumberList => ({ count: 0, values: new Uint32Array(1024) })

/** Adds a number below 2^32. Amortised O(1). */
export function addNumber(numbers: NumberList, value: number): void {
  if (numbers.count === numbers.values.length) {
    const longer = new Uint32Array(2 * numbers.count)
    longer.set(numbers.values)
    numbers.values = longer
  }
  numbers.values[numbers.count++] = value
}
