/** The completion scripts: constant text that asks `otrace __complete` for words. */

/**
 * Words are split as the shell splits them, then joined again where bash splits at = and :, because candidates have
 * both. Errors are dropped: the prompt stays as it is.
 */
const BASH = `_otrace() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line word cut=
  local -a before
  before=("\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}")
  if [ -n "$BASH_VERSION" ] && [ -n "$COMP_LINE" ]; then
    line="\${COMP_LINE:0:COMP_POINT}"
    [[ "$line" =~ (([^[:space:]\\\\]|\\\\.)*)$ ]] && current="\${BASH_REMATCH[1]}"
    read -r -a before <<< "\${line%"$current"}"
    before=("\${before[@]:1}")
    case "$COMP_WORDBREAKS" in *=*) cut="\${current%"\${current##*[=:]}"}" ;; esac
  fi
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("\${word#"$cut"}")
  done < <(command otrace __complete bash "$current" -- "\${before[@]}" 2>/dev/null)
  case "\${COMPREPLY[0]}" in *=) compopt -o nospace 2>/dev/null ;; esac
  return 0
}
complete -o default -F _otrace otrace
`

/** zsh runs bash completions through bashcompinit. */
const ZSH = `autoload -U +X bashcompinit && bashcompinit\n${BASH}`

const FISH = `complete -c otrace -f -a '(command otrace __complete fish (commandline -ct) -- (commandline -opc)[2..-1] 2>/dev/null)'
`

export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH }
export type Shell = keyof typeof SCRIPTS
export const SHELLS = Object.keys(SCRIPTS) as Shell[]
