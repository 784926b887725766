/** Writes its pid and a background process's, then waits for a signal, whose name it writes. */
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'

const [file, code = ''] = process.argv.slice(2)
const background = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
appendFileSync(file, `${process.pid} ${background.pid}\n`)
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    appendFileSync(file, `${name}\n`)
    if (code !== '') process.exit(Number(code))
  })
}
setInterval(() => {}, 1000)
