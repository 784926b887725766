/** The local store's directory: --data, else $OTRACE_DATA, else the XDG data folder. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The absolute path of the data directory; it may not exist yet. */
export function dataDirectory(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = flag ?? env.OTRACE_DATA
  if (named) return resolve(named)
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'otrace')
}
