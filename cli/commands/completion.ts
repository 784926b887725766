/** `otrace completion`: a shell's completion of commands, flags and choices, out of the command tree. */
import { Argument, Command } from 'commander'
import { write } from '../output.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** The command; `program` is read when it runs, with all its commands. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .summary('Print a completion script for a shell')
    .description(
      'Print a completion script for a shell. Load it with one of:\n\n' +
        '  eval "$(otrace completion bash)"      in ~/.bashrc\n' +
        '  eval "$(otrace completion zsh)"       in ~/.zshrc, after compinit\n' +
        '  otrace completion fish | source       in config.fish',
    )
    .addArgument(new Argument('<shell>', 'which').choices([...SHELLS]))
    .action((shell: Shell) => write(SCRIPTS[shell](program)))
}

const SCRIPTS = { bash, zsh, fish } satisfies Record<Shell, (program: Command) => string>

const names = (program: Command) => [...program.commands.map((command) => command.name()), 'help']
/** What a command refuses is not in its help, nor here. */
const offered = (command: Command) => command.options.filter(({ hidden }) => !hidden)
const flags = (command: Command) => [
  ...offered(command).map((option) => option.long ?? ''),
  '--help',
]

/** Options that are followed by a word, with the words it may be: none where it may be anything. */
function followed(command: Command): { flags: string; words: string }[] {
  return offered(command)
    .filter(({ required, optional }) => required || optional)
    .map(({ short, long, argChoices }) => ({
      flags: [short, long].filter(Boolean).join('|'),
      words: (argChoices ?? []).join(' '),
    }))
}

function bash(program: Command): string {
  const cases = program.commands.map((command) => {
    const values = followed(command).map(
      ({ flags, words }) => `        ${flags}) words="${words}" ;;`,
    )
    const inner =
      values.length === 0 ? '' : `\n      case "$previous" in\n${values.join('\n')}\n      esac`
    return `    ${command.name()})\n      words="${flags(command).join(' ')}"${inner} ;;`
  })
  return `_otrace() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words="${names(program).join(' ')}"
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "\${COMP_WORDS[1]}" in
${cases.join('\n').replace(/^/gm, '  ')}
    esac
  fi
  [ -n "$words" ] && COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _otrace otrace
`
}

/** zsh runs bash's completions through its own adapter. */
function zsh(program: Command): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(program)}`
}

function fish(program: Command): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = ['complete -c otrace -f']
  for (const command of program.commands) {
    const name = command.name()
    lines.push(
      `complete -c otrace -n __fish_use_subcommand -a ${name} -d ${quoted(command.summary())}`,
    )
    for (const { long, description, argChoices } of offered(command)) {
      if (!long) continue
      const words = argChoices ? ` -x -a ${quoted(argChoices.join(' '))}` : ''
      const about = ` -l ${long.slice(2)} -d ${quoted(description)}${words}`
      lines.push(`complete -c otrace -n '__fish_seen_subcommand_from ${name}'${about}`)
    }
  }
  return `${lines.join('\n')}\n`
}
