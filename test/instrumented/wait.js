/** Writes its pid and a background process's, then waits for a signal, whose name it writes. */
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'

const [file, code = ''] = process.argv.slice(2)
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    appendFileSync(file, `${name}\n`)
    if (code !== '') process.exit(Number(code))
  })
}
const background = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
// Last, because a signal may follow at once.
appendFileSync(file, `${process.pid} ${background.pid}\n`)
setInterval(() => {}, 1000)
