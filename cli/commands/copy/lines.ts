/** The lines of a file, read no further than they are taken. */
import { createReadStream } from 'node:fs'

/** Without their ends. Node's readline reads up to 1,024 lines ahead, and one may have megabytes. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let begun: string[] = []
  for await (const chunk of createReadStream(file, 'utf8')) {
    const [first = '', ...others] = String(chunk).split('\n')
    begun.push(first)
    for (const next of others) {
      yield begun.join('')
      begun = [next]
    }
  }
  yield begun.join('')
}
