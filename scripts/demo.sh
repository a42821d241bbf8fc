#!/usr/bin/env bash
# What Tandem is for, in one table: a network and a picture on a device, an edge and a cloud, joined by emulated links.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: scripts/demo.sh [--help]

Installs what the program needs (scripts/setup.sh --demo, as root if anything is missing), builds it, and puts it with ONNX
Runtime into build/tandem, a folder that may be moved. Then starts an edge and a cloud as processes on loopback, joined to this
process, the device, by emulated links. AlexNet with five exits (models/) classifies pictures of Fashion-MNIST that it was not
trained on, over a slow and a fast link: by native plans, by Tandem's plans, with codecs, with exits and a deadline, and
with the edge killed in mid-run. A table shows latency, accuracy, and whether the
deadline was met. On two idle cores: about 9 minutes in all, the first result after 6; 1.2 GB of disk, 1.6 GB while it builds.

environment: TANDEM_DEMO_REQUESTS  requests for each cell of the table (default 100)
             TANDEM_DEMO_PROGRAM   a tandem that is installed already: nothing is installed or built
EOF
}
if [[ ${1:-} == -h || ${1:-} == --help ]]; then usage; exit; fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
requests=${TANDEM_DEMO_REQUESTS:-100}
deadline_ms=60
say() { printf 'demo: %s\n' "$*"; }
step() { say "$((SECONDS / 60)):$(printf %02d $((SECONDS % 60))) – $*"; }

# Ninja's lines become one: "building: 10 20 … 100 %"; what else it prints, such as errors, stays.
show_build() {
  awk -F'[][/]' '
    BEGIN { printf "demo: building:" }
    /^\[[0-9]+\/[0-9]+\]/ { for (; next_tenth + 10 <= 100 * $2 / $3; next_tenth += 10) printf " %d", next_tenth + 10; fflush(); next }
    { print "\n" $0 }
    END { print " %" }'
}
tree=build/tandem
is_built() {
  [[ -x $tree/bin/tandem && -z $(find src cmake CMakeLists.txt CMakePresets.json -newer $tree/bin/tandem -print -quit) ]]
}
install_program() {
  step "installing Debian packages (1 of 4: one to three minutes; nine in all)"
  scripts/setup.sh --demo
  if is_built; then return; fi
  step "building Tandem (2 of 4: five minutes; eight left)"
  cmake --preset release >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
  cmake --build --preset release --target tandem | show_build
  cmake --install build/release --prefix "$tree" --strip >/dev/null
  find build/release -name '*.gch' -delete # precompiled headers: 440 MB
}

work=$(mktemp -d)
processes=()
stop_all() {
  if ((${#processes[@]})); then kill "${processes[@]}" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap stop_all EXIT

tandem=${TANDEM_DEMO_PROGRAM:-$PWD/$tree/bin/tandem}
if [[ -z ${TANDEM_DEMO_PROGRAM:-} ]]; then install_program; fi
model=$PWD/models/alexnet5-fashion-mnist.onnx
export TANDEM_STORE=$work/costs.db TANDEM_CACHE=$work/weights
here=(--fleet "$work/fleet.yaml" --slowdown 100 --threads 1)

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
pick_ports() {
  local port
  ports=()
  for ((port = 20000 + RANDOM % 10000; ${#ports[@]} < 4; port++)); do
    if is_free "$port"; then ports+=("$port"); fi
  done
}
start() { # name command…
  local name=$1
  shift
  : >"$work/$name.log"
  "$tandem" "$@" <&0 >"$work/$name.log" 2>&1 &
  processes+=($!)
  for _ in $(seq 100); do
    if [[ -s $work/$name.log ]]; then return; fi
    sleep 0.1
  done
  say "$name did not start" >&2
  exit 1
}
start_edge() {
  start edge agent --listen "127.0.0.1:${ports[0]}" --name edge --fleet "$work/fleet.yaml" --threads 1 --slowdown 3 </dev/null
  edge=${processes[-1]}
}
start_machines() {
  pick_ports
  cat >"$work/fleet.yaml" <<EOF
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:${ports[0]}"}
  - {name: cloud, tier: cloud, address: "127.0.0.1:${ports[1]}"}
links:
  - {from: device, to: edge, via: "127.0.0.1:${ports[2]}"}
  - {from: edge, to: cloud, via: "127.0.0.1:${ports[3]}"}
EOF
  mkfifo "$work/commands" && exec 10<>"$work/commands" # what the first link obeys
  start_edge
  start cloud agent --listen "127.0.0.1:${ports[1]}" --name cloud --fleet "$work/fleet.yaml" --threads 1 </dev/null
  start edge-link link --listen "127.0.0.1:${ports[2]}" --to "127.0.0.1:${ports[0]}" <&10
  start cloud-link link --listen "127.0.0.1:${ports[3]}" --to "127.0.0.1:${ports[1]}" --bandwidth 200 --delay 15ms </dev/null
}
links=("slow link: 0.5 Mbit/s, 20 ms" "fast link: 50 Mbit/s, 6 ms")
set_link() { # Mbit/s and one-way delay in ms of the link between device and edge
  printf 'bandwidth %s\ndelay %s\n' "$@" >&10
  sleep 0.3
}
take_link() { # 0: slow, 1: fast
  local speeds=("0.5 10" "50 3")
  # shellcheck disable=SC2086
  set_link ${speeds[$1]}
}
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }; }

# Median latency of the answers, share of them that were right, and whether 95 % of the requests were in time.
cell() {
  jq -r --argjson deadline "$deadline_ms" '
    (.latency_ms | sort) as $all
    | ([$all[] | select(. <= $deadline)] | length) as $in_time
    | (100 * $in_time / .requests | round) as $percent
    | [(if $all == [] then "–" else "\($all[($all | length) / 2 | floor] | round) ms" end),
       (if .in_time_percent == 0 then "–" else "\(100 * .right_in_time_percent / .in_time_percent | round) %" end),
       (if $percent >= 95 then "met (\($percent) %)" else "missed (\($percent) %)" end)] | @tsv' "$work/run.json"
}
ask() { # flags of `tandem run`…
  "$tandem" run "$model" "${here[@]}" --data fashion-mnist --runs "$requests" --json "$@" >"$work/run.json" 2>"$work/log" ||
    { cat "$work/log" >&2 && exit 1; }
}
ask_and_kill_edge() { # after some of the requests; on a busy machine they may not have begun, so again, later
  local wait asking has_run=false
  for wait in $((2 + requests / 25)) $((10 + requests / 10)) 60; do
    ask --live --deadline "${deadline_ms}ms" 2>"$work/killed.log" &
    asking=$!
    sleep "$wait"
    { kill -9 "$edge" && wait "$edge"; } 2>/dev/null || true
    if wait "$asking"; then has_run=true; fi
    start_edge
    if $has_run; then break; fi
  done
  $has_run || { cat "$work/killed.log" >&2 && exit 1; }
  rescued[column]=$(jq '[.rows[] | select(.is_rescued)] | length' "$work/run.json")
}
declare -A cells
rows=()
rescued=()
fill() { # row command…: the row's cell in the column of the link
  quietly "$tandem" profile "$model" "${here[@]}" --links-only
  "${@:2}"
  cells[$1,$column]=$(cell)
  if ((column == 0)); then rows+=("$1"); fi
  step "${links[column]%%:*}, ${1#  }: ${cells[$1,$column]//$'\t'/, }"
}
header='%-42s %-32s %s\n'
row='%-42s %8s %7s  %-15s%8s %7s  %s\n'
print_header() {
  echo
  # shellcheck disable=SC2059
  printf "$header" "" "${links[@]}"
  # shellcheck disable=SC2059
  printf "$row" "" latency right "in $deadline_ms ms" latency right "in $deadline_ms ms"
}
print_rows() {
  local each slow fast
  for each in "${rows[@]}"; do
    IFS=$'\t' read -ra slow <<<"${cells[$each,0]}"
    IFS=$'\t' read -ra fast <<<"${cells[$each,1]}"
    # shellcheck disable=SC2059
    printf "$row" "$each" "${slow[@]}" "${fast[@]}"
  done
}

step "measuring the network on three machines (3 of 4: one minute)"
start_machines
set_link 1000 1
quietly "$tandem" profile "$model" "${here[@]}" --precision 5 --longest 1s
quietly "$tandem" codec tune "$model" "${here[@]}" --data fashion-mnist --tensors input --limit 200

step "running requests (4 of 4: two minutes)"
last_layer=$(("$("$tandem" inspect "$model" --json | jq '.layers | length')" - 1))
for column in 0 1; do
  take_link $column
  fill "all on the device" ask --codecs none --where "use device" --where "avoid edge" --where "avoid cloud"
  fill "all in the cloud" ask --codecs none --where "on 0-$last_layer cloud"
  fill "all in the cloud, pictures compressed" ask --codecs lossless --where "on 0-$last_layer cloud"
  fill "Tandem: the best plan" ask --codecs none
  fill "  with codecs" ask
done
quietly "$tandem" exits report "$model" --data fashion-mnist --limit 2000
for column in 0 1; do
  take_link $column
  fill "  with exits, for the deadline" ask --deadline "${deadline_ms}ms"
  fill "  the edge killed in mid-run" ask_and_kill_edge
done
print_header
print_rows

cat <<EOF

Latency: median of the answers to $requests requests, one after the other, each with a picture of its own. Right: share of these answers.
In $deadline_ms ms: met if 95 % of the requests were answered in time (share in brackets).
Killed: the device alone answered ${rescued[0]} (slow link) and ${rescued[1]} (fast link) of the requests. Here, every request has a plan of
its own, by a look at the link before it, which is not counted.
The network: AlexNet with five exits, trained on Fashion-MNIST. The pictures: 3 KB each, 0.5 KB compressed without loss.
The device: this process, slowed down 100 times, as a small microprocessor; the edge: 3 times; the cloud: one core, 30 ms behind the edge.
EOF
say "done after $((SECONDS / 60)) minutes $((SECONDS % 60)) seconds; the program is in $(dirname "$(dirname "$tandem")")"
