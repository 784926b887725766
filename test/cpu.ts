/** The CPU time of this process, which others do not lengthen as they do a clock's. */

/** Starts a measurement. @returns how many milliseconds of CPU this process used since */
export function cpuTime(): () => number {
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
}
