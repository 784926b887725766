/** Output in the log of a CI runner, which reads commands out of it. */
import { withoutCommands } from './escape.ts'
import { isForPrograms, type Surroundings } from './process.ts'

type Output = Surroundings['stdout']

/** With a stdout for text from spans. Formats for programs keep every character, as a program may read them. */
export function withRunnerLog(argv: string[], given: Surroundings): Surroundings {
  const { env, stdout, stderr } = given
  if (isForPrograms(argv)) return given
  return {
    env,
    // Node opens it when it is first read.
    get stdin() {
      return given.stdin
    },
    stdout: withoutCommandsIn(stdout),
    stderr,
  }
}

function withoutCommandsIn(stdout: Output): Output {
  return new Proxy(stdout, {
    get(target, key) {
      if (key === 'write') {
        return (text: string | Uint8Array, ...rest: []) =>
          target.write(typeof text === 'string' ? withoutCommands(text) : text, ...rest)
      }
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
