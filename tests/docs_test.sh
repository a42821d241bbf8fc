#!/usr/bin/env bash
# Every file, folder, heading and preset that a document names exists: links, their anchors, paths in backticks, --preset.
# A path stands in full (`src/plan/solve/chain.h`) or from src/ on (`plan/solve/chain`, its extension left out or not).
# Every block has a language, and a document with commands is run as a test. Every message in a table of messages is one
# that the program has.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

documents=(README.md CONTRIBUTING.md models/README.md docs/*.md docs/*/*.md experiments/*/README.md)
failures=0
complain() {
  printf '%s: %s\n' "$1" "$2" >&2
  failures=$((failures + 1))
}

prose() { sed '/^```/,/^```/d; /^## Libraries of others/,/^## /d' "$1"; } # without code blocks and headers of others

# The anchors that a page for the web gives to the headings of a document.
anchors() {
  prose "$1" | sed -n 's/^##* //p' | tr '[:upper:]' '[:lower:]' | sed "s/[^[:alnum:] _-]//g; s/ /-/g"
}

check_links() { # document
  local link path anchor folder
  folder=$(dirname "$1")
  while read -r link; do
    path=${link%%#*}
    anchor=${link#"$path"}
    path=${path:+$folder/$path}
    path=${path:-$1}
    if [[ ! -e $path ]]; then
      complain "$1" "link to $link: no such file"
    elif [[ -n $anchor ]] && ! anchors "$path" | grep -qxF -- "${anchor#\#}"; then
      complain "$1" "link to $link: no such heading"
    fi
  done < <(prose "$1" | grep -oP '\]\(\K(?!https?:)[^)\s]+' || true)
}

exists() { # path, or a pattern
  local found
  for found in "$1" "$1".h "$1".cpp "src/$1" "src/$1".h "src/$1".cpp; do
    if compgen -G "$found" >/dev/null; then return; fi
  done
  return 1
}

check_paths() { # document
  local path
  while read -r path; do
    case $path in
      build/* | shared/* | certs/* | train/CLASS/ | test/CLASS/ | *NAME* | x.cpp | x_test.cpp) ;; # made, the user's, or any
      */*) exists "$path" || complain "$1" "$path: no such file" ;;
      *) [[ -n $(find . -path ./build -prune -o -name "$path" -print -quit) ]] || complain "$1" "$path: no such file" ;;
    esac
  done < <(prose "$1" | grep -oP '`\K(\.?[a-z0-9_*]+/[A-Za-z0-9_./*-]*|[a-z0-9_*]+\.(h|cpp|sh|proto))(?=`)' || true)
}

check_presets() { # document
  local preset
  while read -r preset; do
    grep -q "\"name\": \"$preset\"" CMakePresets.json || complain "$1" "preset $preset: not in CMakePresets.json"
  done < <(grep -v 'tandem link' "$1" | grep -oP -- '--preset \K[a-z]+' || true) # whose presets are others
}

check_blocks() { # document
  local line is_inside=false
  while read -r line; do
    if [[ $is_inside == true ]]; then
      is_inside=false
    else
      is_inside=true
      [[ $line != *'```' ]] || complain "$1" "line ${line%%:*}: a block without a language (sh, console, text, json, …)"
    fi
  done < <(grep -n '^```' "$1" || true)
  if grep -qE '^```(sh|console)$' "$1" && ! grep -qF -- " $1" <(tr '\n)' '  ' <tests/CMakeLists.txt); then
    complain "$1" "its commands are not run: add it to the documents in tests/CMakeLists.txt"
  fi
}

# The first column of a table whose head is "message"; … stands for what differs.
messages() { # document
  sed -n '/^| message |/,/^$/p' "$1" | grep -oP '^\| `\K[^`]+' || true
}
literals=$(find src -name '*.cpp' ! -name '*_test.cpp' -exec cat {} + | tr '\n' ' ' | sed -E 's/" +"//g')
check_messages() { # document
  local message pattern
  while read -r message; do
    pattern=$(sed -E 's/[][().*?+{}|^$\\]/\\&/g; s/…/[^"]*/g' <<<"$message")
    grep -qE -- "\"[^\"]*$pattern" <<<"$literals" || complain "$1" "message '$message': the program has none like it"
  done < <(messages "$1")
}

for document in "${documents[@]}"; do
  check_blocks "$document"
  check_messages "$document"
  check_presets "$document"
  check_links "$document"
  check_paths "$document"
done
if ((failures > 0)); then exit 1; fi
echo "${#documents[@]} documents name only what exists"
