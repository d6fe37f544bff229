/**
 * What shells load to complete `ptar`. Each asks `ptar __complete WORDS…` and acts on the answer's lines and closing `:N`; see
 * `candidates.ts`.
 */

const BASH = `# bash completion for ptar. Load it with: source <(ptar completion bash)
_ptar() {
  local program directive=0 current='' out='' rest=\${COMP_LINE:0:COMP_POINT} blank part before='' line
  local -a words=() values=()
  local i
  # Bash splits words at : and =, and the program must see them whole.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blank=\${rest%%[![:space:]]*}
    rest=\${rest:\${#blank}}
    part=\${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then part=$rest; fi
    rest=\${rest:\${#part}}
    if ((i > 0)) && [[ -z $blank && ( $part == [:=]* || $before == *[:=] ) ]]; then
      words[\${#words[@]} - 1]+=$part
    else
      words+=("$part")
    fi
    before=$part
  done
  for i in \${!words[@]}; do
    part=\${words[i]}
    if [[ $part == '~/'* ]]; then part=$HOME/\${part#??}; fi
    part=\${part//\\\\/}
    part=\${part//\\"/}
    part=\${part//\\\'/}
    words[i]=$part
  done
  program=\${words[0]}
  case $(type -t -- "$program") in file | function | builtin) ;; *) program=ptar ;; esac
  current=\${words[\${#words[@]} - 1]}
  out=$("$program" __complete "\${words[@]:1}" 2>/dev/null) || return 0
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      ?*) values+=("\${line%%$'\\t'*}") ;;
    esac
  done <<<"$out"
  # What stands before the last : or = is no part of the word that bash replaces.
  before=''
  if [[ $current == *[:=]* && $COMP_WORDBREAKS == *:* ]]; then before=\${current%"\${current##*[:=]}"}; fi
  COMPREPLY=()
  for part in "\${values[@]}"; do
    if [[ $part == "$current"* ]]; then COMPREPLY+=("\${part#"$before"}"); fi
  done
  if ((\${#COMPREPLY[@]} == 1)); then COMPREPLY[0]=$(printf '%q' "\${COMPREPLY[0]}"); fi
  if ((directive & 2)); then compopt -o nospace 2>/dev/null; fi
  if ((directive & 16)); then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current")
  fi
  if ((directive & 20)); then compopt +o default +o bashdefault 2>/dev/null; fi
  return 0
}
complete -o bashdefault -o default -F _ptar ptar
`;

const ZSH = `#compdef ptar
# zsh completion for ptar. Load it with: source <(ptar completion zsh), after compinit; or save it as _ptar in a folder of fpath.
_ptar() {
  local program=\${words[1]} line value directive=0
  local -a typed values shown
  typed=("\${(@Q)words[2,CURRENT]}")
  typed=("\${(@)typed/#\\~\\//$HOME/}")
  (( $+commands[$program] || $+functions[$program] )) || [[ -x $program ]] || program=ptar
  for line in "\${(@f)$($program __complete "\${(@)typed}" 2>/dev/null)}"; do
    case $line in
      :*) directive=\${line#:} ;;
      ?*)
        value=\${line%%$'\\t'*}
        values+=("$value")
        shown+=("\${line/$'\\t'/  -- }")
        ;;
    esac
  done
  local -a how=()
  (( directive & 2 )) && how=(-S '')
  if (( $#values )); then
    compadd $how -l -d shown -- "\${(@)values}"
  elif (( directive & 16 )); then
    _files -/
  elif (( ! (directive & 4) )); then
    _files
  fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _ptar "$@"
else
  compdef _ptar ptar
fi
`;

const FISH = `# fish completion for ptar. Load it with: ptar completion fish | source
function __ptar_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l directive 0
    set -l values
    for line in ($typed[1] __complete $typed[2..-1] "$current" 2>/dev/null)
        if string match -qr '^:[0-9]+$' -- $line
            set directive (string sub -s 2 -- $line)
        else if test -n "$line"
            set -a values $line
        end
    end
    if test (count $values) -gt 0
        printf '%s\\n' $values
    else if test (math "bitand($directive, 16)") -ne 0
        __fish_complete_directories "$current" ''
    else if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path "$current"
    end
end
complete -c ptar -f -a '(__ptar_complete)'
`;

const POWERSHELL = `# PowerShell completion for ptar. Load it with: ptar completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName ptar -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $elements = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition })
    $typed = @($elements | Select-Object -Skip 1 | ForEach-Object { $_.ToString().Trim("'", '"') })
    if ($wordToComplete -eq '') {
        # Older ones drop empty arguments.
        if ($PSVersionTable.PSVersion -lt [version]'7.3') { $typed += '""' } else { $typed += '' }
    }
    $program = $elements[0].ToString()
    & $program __complete @typed 2>$null | ForEach-Object {
        if ($_ -notmatch '^:[0-9]+$' -and $_ -ne '') {
            $value, $description = $_ -split "\`t", 2
            if (-not $description) { $description = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
        }
    }
}
`;

/** The script of every shell. */
export const COMPLETION_SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL } as const;

/** A shell that can be completed in. */
export type CompletionShell = keyof typeof COMPLETION_SCRIPTS;
