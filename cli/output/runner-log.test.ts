/** Words that decide whether output is for the log of a CI runner. */
import { expect, it } from 'vitest'
import { withRunnerLog } from './runner-log.ts'

it.each([
  ['slow', '\u200b'],
  ['slow -o terminal', '\u200b'],
  ['slow -o json', ''],
  ['run --json -- npm test', ''],
  ['run -- npx vitest --json', '\u200b'],
  ['run -- curl -o page', '\u200b'],
])('%s', (words, mark) => {
  let text = ''
  const stdout = {
    write(piece: string) {
      text += piece
      return true
    },
  }
  const given = { env: {}, stdin: {}, stdout, stderr: {} } as never
  withRunnerLog(words.split(' '), given).stdout.write('::error')
  expect(text).toBe(`:${mark}:error`)
})
