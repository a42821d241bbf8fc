#!/usr/bin/env bash
# Commands of Tandem within the text of documents, `tandem COMMAND … --flag`, exist: the command and its flags.
# usage: inline_commands_test.sh PATH/TO/tandem
set -euo pipefail

tandem=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
documents=(README.md CONTRIBUTING.md models/README.md docs/*.md docs/*/*.md experiments/*/README.md)
checked=0
failures=0

check() { # command, after "tandem"
  local words=() word help
  read -ra words <<<"${1%% -*}"
  help=$("$tandem" "${words[@]}" --help 2>&1) || true
  if ! grep -q "^Usage: tandem ${words[0]} " <<<"$help"; then
    echo "tandem $1: no such command" >&2
    return 1
  fi
  for word in ${1#"${words[*]}"}; do
    if [[ $word == -* ]] && ! grep -qE "(^|[ ,])$word( |,|$)" <<<"$help"; then
      echo "tandem $1: no flag $word" >&2
      return 1
    fi
  done
}

set -f # a * stays what it is
while read -r command; do
  checked=$((checked + 1))
  check "$command" || failures=$((failures + 1))
done < <(grep -ohP '`tandem \K[a-z][^`]*(?=`)' "${documents[@]}" | sort -u)
echo "$checked commands within text, $failures wrong"
[[ $failures -eq 0 && $checked -gt 0 ]]
