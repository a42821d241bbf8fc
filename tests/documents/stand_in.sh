#!/usr/bin/env bash
# Stands in for a program or a script that a document runs, under its name. A program of Tandem does the same on less
# work. What builds, installs or tests is only looked up: script, preset, target and test must exist.
set -euo pipefail

name=${0##*/}
program=$BUILD/$name
arguments=("$@")

fail() {
  echo "$name: $*" >&2
  exit 1
}
# Gives a flag this value, in place of the document's if it has one.
with() { # flag value
  local i
  for i in "${!arguments[@]}"; do
    if [[ ${arguments[i]} == "$1" ]]; then
      arguments[i + 1]=$2
      return
    fi
  done
  arguments+=("$1" "$2")
}
has() { [[ " ${arguments[*]} " == *" $1 "* ]]; }
value_of() { printf '%s\n' "${arguments[@]}" | grep -xA1 -- "$1" | tail -n 1; }

# In the background: it is ready when this returns.
start() { # word that it prints when it is ready
  local log
  log=$(mktemp "$WORK/log.XXXXXX")
  "$program" "${arguments[@]}" </dev/null >"$log" 2>&1 &
  echo $! >>"$WORK/started"
  for _ in $(seq 200); do
    if grep -q "$1" "$log"; then exit; fi
    kill -0 $! 2>/dev/null || break
    sleep 0.05
  done
  fail "it did not start: $(cat "$log")"
}
# Guides take for granted that a model was measured.
profile_once() {
  local model mark
  model=$(printf '%s\n' "${arguments[@]}" | grep -m 1 '\.onnx$') || return 0
  mark=$WORK/${model//\//_}.is_profiled
  if has --fleet && [[ -e $model && ! -e $mark ]]; then
    "$program" profile "$model" --fleet "$(value_of --fleet)" --threads 1 --precision 50 --longest 100ms \
      >/dev/null
    : >"$mark"
  fi
}
# One that crosses a cut between kernels: of AlexNet, or the answer of another network's next to last layer.
tensor_of() { # model
  "$program" inspect "$1" --json | jq -r '[.cuts[].tensors | select(length == 1) | .[0]] | if any(. == "norm2") then "norm2" else .[-1] end'
}
# Does less: in one thread, as other tests run beside this one and threads that wait for each other take ten times as
# long; and with deadlines that any machine keeps.
lessen() { # command and subcommand
  case $1 in
    'profile export' | 'profile import' | 'plan --problem') return ;;
    'profile '*) with --precision 50 && with --longest 100ms && : >"$WORK/${1#profile }.is_profiled" ;;
    'plan '* | 'run '* | 'bench '*) profile_once ;;
    'train '* | 'exits add') with --limit 60 && with --epochs 1 ;;
    'exits report') with --limit 200 ;;
    'codec tune') with --limit 20 && with --losses 1 && with --tensors "$(tensor_of "${arguments[2]}")" ;;
    'agent '*) ;;
    *) return ;;
  esac
  with --threads 1
  if has --deadline; then with --deadline 20s; fi
  if [[ $1 == run* ]] && has --data; then with --runs 5 && with --limit 200; fi
  if [[ $1 == bench* ]]; then with --runs 2; fi
}
tandem() {
  lessen "${1:-} ${2:-}"
  case "${1:-} ${2:-}" in
    'agent '*) start listens ;;
    'link --packets' | 'link --network')
      if ! "$program" link --packets --run 'near true' >/dev/null; then exit 0; fi # says why
      ;;
    'link '*) start '^link' ;;
    'zoo export')
      "$program" zoo list | grep -E "^$3 " >/dev/null || fail "no architecture '$3'"
      if [[ $3 == resnet50 || $3 == mobilenetv2 ]]; then arguments[2]=resnet20; fi
      ;;
  esac
  exec "$program" "${arguments[@]}"
}

has_preset() { # kind name
  jq -e --arg kind "$1Presets" --arg name "$2" '.[$kind] | any(.name == $name)' "$ROOT/CMakePresets.json" >/dev/null ||
    fail "no $1 preset '$2' in CMakePresets.json"
}
has_targets() { # targets…
  local target
  for target in "$@"; do
    ninja -C "$BUILD" -t query "$target" >/dev/null 2>&1 || fail "no target '$target'"
  done
}
cmake() {
  case "$*" in
    '--preset '*) has_preset configure "$2" ;;
    '--workflow --preset '*) has_preset workflow "$3" ;;
    '--build --preset '*)
      has_preset build "$3"
      if [[ ${4:-} == --target ]]; then has_targets "${@:5}"; fi
      ;;
    '--install build/'*) has_preset configure "$(basename "$2")" ;;
    *) fail "no stand-in for 'cmake $*': write one" ;;
  esac
}
ctest() {
  [[ ${1:-} == --preset ]] || fail "expected --preset NAME, found '$*'"
  has_preset test "$2"
  PATH=$READERS_PATH command ctest --test-dir "$BUILD" -N "${@:3}" | tail -n 1 | grep -E 'Total Tests: [1-9]' ||
    fail "no test fits '${*:3}'"
}
script() { if [[ ! -x $ROOT/$1 ]] || ! bash -n "$ROOT/$1"; then fail "$1 cannot be run"; fi; }
edgent() {
  with --limit 200 && with --bandwidths 10 && with --deadlines 1000 && with --device-ms 1 && with --edge-ms 1
  with --seconds 0.01 && with --longest 0.05 && with --requests 0
  "$program" "${arguments[@]}"
}
jalad() {
  local tensor
  tensor=$("$BUILD/tandem" inspect "$1" --json | jq -r '[.cuts[].tensors | select(length == 1)][0][0]')
  with --limit 20 && with --tensors "$tensor" && with --losses 1 && with --bandwidths 1
  "$program" "${arguments[@]}"
}

attack() {
  arguments[0]=$BUILD/tandem
  if has --alone; then with --alone 1; fi
  "$program" "${arguments[@]}"
}

case $name in
  tandem | cmake | ctest | edgent | jalad) "$name" "$@" ;;
  *_test) "$program" --gtest_list_tests "$@" | grep "^  " >/dev/null || fail "no test fits '$*'" ;;
  hostile_calls) with --calls 100 && with --seconds 0 && attack ;;
  hostile_models) with --count 10 && attack ;;
  faults) with --requests 20 && with --faults kill,stall && attack ;;
  *_fuzz) with --iterations 100 && "$program" "${arguments[@]}" ;;
  *.sh | run) script "$0" ;;
  *) fail "no stand-in for it: write one" ;;
esac
