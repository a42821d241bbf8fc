#!/usr/bin/env bash
# The installed tree: made, moved elsewhere, and used without the build folder, by a user with an empty environment.
# usage: install_test.sh BUILD_FOLDER
set -euo pipefail

build=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

cmake --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/moved"
cd "$work/moved"
mkdir "$work/home"
clean() { env -i HOME="$work/home" PATH=/usr/bin:/bin LANG=C.UTF-8 "$@"; }

# Neither the build folder nor the place of a library at build time is left in a program.
check_program() {
  local runpath
  runpath=$(readelf -d "$1" | sed -nE 's/.*\((RPATH|RUNPATH)\).*\[(.*)\]/\2/p')
  [[ $runpath == "\$ORIGIN/../lib/tandem" ]] || fail "$1 looks for libraries in '$runpath'"
  clean ldd "$1" >"$work/libraries"
  if grep 'not found' "$work/libraries"; then fail "$1 misses libraries"; fi
  if [[ -e lib/tandem ]] && ! grep -q "libonnxruntime.* => $PWD/bin/../lib/tandem/" "$work/libraries"; then
    fail "$1 takes another ONNX Runtime: $(grep onnxruntime "$work/libraries")"
  fi
}
check_program bin/tandem
if [[ -e bin/tandem-train ]]; then check_program bin/tandem-train; fi

[[ $(clean bin/tandem --version) == "tandem "* ]] || fail "no version"
clean bin/tandem zoo export lenet5 -o "$work/lenet5.onnx"
grep -q 'cuts' <<<"$(clean bin/tandem inspect "$work/lenet5.onnx")" || fail "inspect shows no cuts"
grep -q '68 layers' <<<"$(clean bin/tandem inspect share/tandem/models/alexnet5-fashion-mnist.onnx)" || fail "no model in share"
clean bin/tandem verify "$work/lenet5.onnx" >/dev/null || fail "ONNX Runtime gives other answers"
grep -q 'tandem-train' <<<"$(clean bin/tandem train --help)" || fail "train does not name its program"

# Without tandem-train one line says how to get it.
rm -f bin/tandem-train
status=0
clean bin/tandem train "$work/lenet5.onnx" --data fashion-mnist -o "$work/out.onnx" 2>"$work/error.txt" || status=$?
[[ $status -eq 4 ]] || fail "train without tandem-train exited with $status, expected 4: $(cat "$work/error.txt")"
grep -q 'no tandem-train beside .*bin/tandem .*--target tandem-train' "$work/error.txt" || fail "it said: $(cat "$work/error.txt")"
[[ $(wc -l <"$work/error.txt") -eq 1 ]] || fail "it said more than one line: $(cat "$work/error.txt")"
[[ ! -e $work/out.onnx ]] || fail "train left a file behind"
echo "installed, moved, and used: $(du -sm . | cut -f1) MB"
