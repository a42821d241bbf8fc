#!/usr/bin/env bash
# Runs the commands of a document as a reader would: in order, in one shell, in one folder. Stand-ins do the same on
# less work where that takes minutes (stand_in.sh); files that a document takes for granted are there (fixtures.sh).
# usage: run.sh FOLDER_OF_PROGRAMS DOCUMENT
#
# The language of a block decides:
#   sh        commands; each must exit with 0
#   console   "$ COMMAND" and its output: the first line must be as in the document, numbers aside. A line that is one
#             number is an exit code, and must be there
#   json      must be JSON
#   yaml, json: the content of the file that the line before names in backticks at its end, if it names one. JSON that a
#             command wrote before must have this content, numbers aside
# "<!-- not run: REASON -->" in the line before keeps a block from being run. How many were not is printed.
set -euo pipefail

BUILD=$(realpath "$1")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
ROOT=$(realpath "$here/../..")
file=$(realpath "$2")
document=${file#"$ROOT/"}
WORK=$(mktemp -d)
READERS_PATH=$PATH # without the stand-ins
export BUILD ROOT WORK READERS_PATH
trap 'stop_programs; rm -rf "$WORK"' EXIT
commands=0
not_run=0

fail() {
  echo "$document: $*" >&2
  exit 1
}
# shellcheck source-path=SCRIPTDIR
source "$here/fixtures.sh"

run() { # command, perhaps of several lines
  local command status=0 job
  command=$(with_ports_of_this_run "$1")
  provide_files "$command"
  echo "+ $command"
  eval "$command" </dev/null || status=$?
  for job in $(jobs -p); do wait "$job" || status=$?; done
  commands=$((commands + 1))
  [[ $status -eq 0 ]] || fail "exit code $status: $1"
}

is_complete() { [[ $1 != *\\ && -z $(bash -n <<<"$1" 2>&1) ]]; }
run_commands() { # lines…
  local line command=''
  for line in "$@"; do
    command+=${command:+$'\n'}$line
    if is_complete "$command"; then
      if [[ $command == *[!\ ]* && $command != '#'* ]]; then run "$command"; fi
      command=''
    fi
  done
  [[ -z $command ]] || fail "an unfinished command: $command"
}

numbers_aside() { sed -E 's/[0-9][0-9.]*/#/g; s/ +/ /g; s/^ //'; }
check_output() { # expected-lines…: against output.txt
  local line
  numbers_aside <output.txt | grep -qxF -- "$(numbers_aside <<<"$1")" || fail "no line '$1' in: $(cat output.txt)"
  for line in "$@"; do
    [[ ! $line =~ ^[0-9]+$ ]] || grep -qxF -- "$line" output.txt || fail "no line '$line' in: $(cat output.txt)"
  done
}
run_session() { # lines…
  local line command='' expected=()
  for line in "$@" '$ '; do
    if [[ $line != '$ '* ]]; then
      expected+=("$line")
      continue
    fi
    if [[ -n $command ]]; then
      run "{ $command; } >output.txt 2>&1"
      check_output "${expected[@]}"
    fi
    command=${line#'$ '} expected=()
  done
}

shape_of() { jq -S 'walk(if type == "number" then 0 else . end)' "$1"; } # file
save_file() { # line-before lines…
  local name
  name=$(grep -oP '`\K[a-z_]+\.(yaml|json)(?=`( .*)?:$)' <<<"$1") || return 0
  if [[ $name == *.json && -e $name ]]; then
    diff <(shape_of "$name") <(printf '%s\n' "${@:2}" | shape_of -) || fail "$name is not as in the document"
  else
    with_ports_of_this_run "$(printf '%s\n' "${@:2}")" >"$name"
  fi
}

check_json() { printf '%s\n' "$@" | jq empty || fail "not JSON: $1"; } # lines…

run_block() { # language line-before lines…
  if [[ $2 == '<!-- not run: '* ]]; then
    not_run=$((not_run + 1))
    return
  fi
  case $1 in
    sh) run_commands "${@:3}" ;;
    console) run_session "${@:3}" ;;
    yaml) save_file "${@:2}" ;;
    json) check_json "${@:3}" && save_file "${@:2}" ;;
  esac
}

make_folder
cd "$WORK"
PATH=$WORK/bin:$PATH
mapfile -t lines <"$file"
language='' before=''
for line in "${lines[@]}"; do
  case $line in
    '```') run_block "$language" "$before" "${block[@]}" && language='' before='' ;;
    '```'*) language=${line#'```'} block=() ;;
    *) if [[ -n $language ]]; then block+=("$line"); elif [[ -n $line ]]; then before=$line; fi ;;
  esac
done
echo "$document: $commands commands run, $not_run blocks not run"
