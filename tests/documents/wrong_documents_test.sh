#!/usr/bin/env bash
# What run.sh must notice: each document here is wrong, and the test fails if it passes.
# usage: wrong_documents_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail

programs=$1
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

runs() { "$here/run.sh" "$programs" "$work/document.md" >"$work/out.txt" 2>&1; }
write() { printf '%s\n' '```'"$1" "${@:2}" '```' >"$work/document.md"; } # language lines…
expect() { # pattern: the document fails, and says this
  if runs; then
    echo "it passed: $(cat "$work/document.md")" >&2
    exit 1
  fi
  grep -qE -- "$1" "$work/out.txt" || { cat "$work/out.txt" >&2 && exit 1; }
}

write sh 'tandem zoo list --frobnicate' && expect 'exit code 2: tandem zoo list --frobnicate'
write sh 'tandem zoo export resnet51 -o model.onnx' && expect "no architecture 'resnet51'"
write sh 'tandem zoo list' 'echo "unfinished' && expect 'an unfinished command'
write sh 'cmake --preset debug' && expect "no configure preset 'debug'"
write sh 'cmake --preset debug && true' && expect "no configure preset 'debug'"
write sh 'cmake --build --preset dev --target tandems' && expect "no target 'tandems'"
write sh 'ctest --preset dev -R NoSuchTest' && expect "no test fits '-R NoSuchTest'"
write sh 'build/dev/plan_test --gtest_filter=NoSuchTest.*' && expect "no test fits"
write sh 'scripts/tests.sh' && expect 'exit code 127'
write console '$ echo 3 boats' '4 ships' && expect "no line '4 ships'"
write console '$ tandem inspect missing.onnx; echo $?' \
  'tandem: missing.onnx: cannot open: No such file or directory' 5 && expect "no line '5'"
write json '{"format": }' && expect 'not JSON'

printf '%s\n' '<!-- not run: it needs root -->' '```sh' 'false' '```' '```console' '$ echo 3 boats' '4 boats' '```' \
  >"$work/document.md"
runs || { cat "$work/out.txt" >&2 && exit 1; }
grep -q '1 commands run, 1 blocks not run$' "$work/out.txt" || { cat "$work/out.txt" >&2 && exit 1; }
