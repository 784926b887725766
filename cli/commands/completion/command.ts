/** `otrace completion`: the completion script of a shell, and the words that it asks for. */
import { Argument, Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../../options/examples.ts'
import { write } from '../../output/output.ts'
import { type Commands, offer } from './offer.ts'
import { SCRIPTS, SHELLS, type Shell } from './scripts.ts'
import { spelling } from './spelling.ts'

export function completionCommand(context: Context): Command {
  const command = new Command('completion')
    .description(
      'Print a completion script for a shell. Load it with one of:\n\n' +
        '  eval "$(otrace completion bash)"      in ~/.bashrc\n' +
        '  eval "$(otrace completion zsh)"       in ~/.zshrc, after compinit\n' +
        '  otrace completion fish | source       in config.fish\n\n' +
        'It offers commands, flags and their choices, and from a running collector or a server also services, operations, attributes and their values. A store that is not served is not opened for it.',
    )
    .addArgument(new Argument('<shell>', 'shell to complete for').choices(SHELLS))
    .action((shell: Shell) => write(context.stdout, SCRIPTS[shell]))
  return addExamples(
    command,
    [
      'otrace completion bash > ~/.local/share/bash-completion/completions/otrace',
      'otrace completion fish > ~/.config/fish/completions/otrace.fish',
    ],
    ['otrace config - the settings that completion uses'],
  )
}

/** `otrace __complete <shell> <current> -- <words before it>`: one line per word to offer. */
export function offerCommand(commands: Commands, context: Context): Command {
  return new Command('__complete')
    .helpOption(false)
    .allowUnknownOption()
    .argument('<shell>')
    .argument('[current]')
    .argument('[words...]')
    .action(async (shell: Shell, current = '', words: string[] = []) => {
      const { read, write: spell } = spelling(shell)
      const typed = read(words, current)
      if (typed === undefined) return
      const quiet = { ...context, say: () => {} }
      // An error would stand on the prompt.
      const offers = await offer(typed.words, typed.current, commands, quiet).catch(() => [])
      const lines = offers.flatMap((each) => spell(each, typed) ?? []).map((line) => `${line}\n`)
      await write(context.stdout, lines.join(''))
    })
}
