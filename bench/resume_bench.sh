#!/usr/bin/env bash
# Kills `tandem profile` at random moments, resumes it, and looks at what is left: nothing measured may be lost, and
# the resumed profile must equal an undisturbed one within their 95 % intervals.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: resume_bench.sh PATH/TO/tandem [KILLS]

Profiles a network on two agents (slowdown 1 and 6, one thread each) and an emulated link: undisturbed, then killed with
SIGKILL at random moments, KILLS times (default 50), each store over and over until a run comes to its end before it is
killed, then undisturbed once more: what differs between those two is the machine's own drift. A resumed profile is
compared with both. Prints JSON on stdout, a table on stderr. Exit code 1 if anything measured was lost. Needs jq.

environment: NETWORK (mobilenetv2), PRECISION (5, percent), LONGEST (2s), SEED (random)
EOF
}
if [[ ${1:-} == --help || ${1:-} == -h ]]; then usage && exit; fi
if [[ $# -lt 1 || $# -gt 2 || ! ${2:-50} =~ ^[1-9][0-9]*$ ]]; then usage >&2 && exit 2; fi

tandem=$(realpath "$1")
most_kills=${2:-50}
network=${NETWORK:-mobilenetv2}
seed=${SEED:-$RANDOM}
RANDOM=$seed
work=$(mktemp -d)
processes=()
stop_all() {
  if ((${#processes[@]})); then kill -9 "${processes[@]}" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap stop_all EXIT
cd "$work"

now_ms() { echo $(($(date +%s%N) / 1000000)); }
# Sets $port, from the line with which the program says where it listens. A program that was just started in the
# background may not have opened its log yet: whoever starts it makes the log first.
wait_for_port() { # log
  for _ in $(seq 200); do
    port=$(sed -nE 's/^link [^ ]*:([0-9]+) .*/\1/p; s/.*listens at [^ ]*:([0-9]+) .*/\1/p' "$1")
    if [[ -n $port ]]; then return; fi
    sleep 0.05
  done
  echo "no start: $(cat "$1")" >&2
  exit 1
}
start_agent() { # name slowdown
  : >"$1.log"
  "$tandem" agent --listen 127.0.0.1:0 --name "$1" --threads 1 --slowdown "$2" --fleet fleet.yaml --in-memory \
    </dev/null >>"$1.log" 2>&1 &
  processes+=($!)
  wait_for_port "$1.log"
}
write_fleet() { # device-port edge-port link-port
  cat >fleet.yaml <<EOF
targets:
  - {name: device, tier: device, address: "127.0.0.1:$1"}
  - {name: edge, tier: edge, address: "127.0.0.1:$2"}
links:
  - {from: device, to: edge, via: "127.0.0.1:$3"}
EOF
}
start_fleet() {
  local edge link
  write_fleet 1 2 3
  start_agent edge 1
  edge=$port
  : >link.log
  "$tandem" link --to "127.0.0.1:$edge" --bandwidth 50 --delay 2ms </dev/null >>link.log 2>&1 &
  processes+=($!)
  wait_for_port link.log
  link=$port
  write_fleet 1 "$edge" "$link"
  start_agent device 6
  write_fleet "$port" "$edge" "$link"
}

profile() { # store
  exec "$tandem" profile "$network.onnx" --fleet fleet.yaml --store "$1" \
    --precision "${PRECISION:-5}" --longest "${LONGEST:-2s}" >/dev/null 2>profile.log
}
run_to_end() { # store
  (profile "$1") || {
    echo "profile failed: $(cat profile.log)" >&2
    exit 1
  }
}
# Fails where a killed run leaves a store that does not open.
export_of() { # store file
  "$tandem" profile export --store "$1" -o "$2" || {
    echo "the store does not open after a kill" >&2
    exit 1
  }
}
# How many samples and looks inside the first export has that the second has not, at the same place of the same series.
count_lost() { # export-before export-after
  jq -n --slurpfile before "$1" --slurpfile after "$2" '
    def of: [.model, .target, .machine, .engine, .layers];
    ($after[0].stages | map({key: (of | tojson), value: .samples_ms}) | from_entries) as $kept
    | [($before[0].stages[] | .samples_ms as $known | ($kept[of | tojson] // []) as $now
        | ([range($known | length) | select($known[.] != $now[.])] | length)),
       ($before[0].examinations - $after[0].examinations | length)]
    | add // 0'
}
# The whole model on each target: its median, and the 95 % interval of that, as Tandem takes it.
wholes() { # export
  jq '
    (.examinations[0].layer_count - 1) as $last
    | [.stages[] | select(.layers == [[0, $last]]) | (.samples_ms | sort) as $sorted | ($sorted | length) as $n
       | {target, samples: $n, median_ms: (($sorted[($n - 1) / 2 | floor] + $sorted[$n / 2 | floor]) / 2),
          low_ms: $sorted[[0, ($n / 2 - 0.98 * ($n | sqrt) | floor)] | max],
          high_ms: $sorted[[$n - 1, ($n / 2 + 0.98 * ($n | sqrt) | ceil)] | min]}]' "$1"
}

kills=0 stores=0 lost=0
count_what_is_lost() { # store
  export_of "$1" after.json
  lost=$((lost + $(count_lost before.json after.json)))
  mv after.json before.json
}
# Kills runs on one store until one comes to its end first, or enough were killed; then lets it come to its end.
disturb() { # store
  local process killer is_done=false status
  echo '{"examinations": [], "stages": []}' >before.json
  while [[ $is_done == false ]] && ((kills < most_kills)); do
    (profile "$1") &
    process=$!
    moment_ms=$(((RANDOM * 32768 + RANDOM) % undisturbed_ms))
    (exec sleep "$((moment_ms / 1000)).$(printf %03d $((moment_ms % 1000)))") &
    killer=$!
    wait -n "$process" "$killer" || true
    kill -9 "$process" 2>/dev/null || true
    status=0
    wait "$process" 2>/dev/null || status=$?
    kill "$killer" 2>/dev/null || true
    wait "$killer" 2>/dev/null || true
    if ((status == 137)); then kills=$((kills + 1)); else is_done=true; fi
    if ((status != 137 && status != 0)); then
      echo "profile failed: $(cat profile.log)" >&2
      exit 1
    fi
    count_what_is_lost "$1"
    echo "store $((stores + 1)), killed $kills of $most_kills, lost $lost" >&2
  done
  run_to_end "$1"
  count_what_is_lost "$1"
  stores=$((stores + 1))
  wholes before.json >"whole.$stores.json"
}

"$tandem" zoo export "$network" -o "$network.onnx"
start_fleet
start_ms=$(now_ms)
run_to_end first.db
undisturbed_ms=$(($(now_ms) - start_ms))
while ((kills < most_kills)); do disturb "store$stores.db"; done
run_to_end last.db
for each in first last; do
  export_of $each.db $each.json
  wholes $each.json >$each.wholes.json
done

jq -s --argjson kills "$kills" --argjson stores "$stores" --argjson lost "$lost" --argjson seed "$seed" \
  --argjson undisturbed_ms "$undisturbed_ms" --arg network "$network" \
  --slurpfile first first.wholes.json --slurpfile last last.wholes.json '
  add as $all
  | {network: $network, seed: $seed, undisturbed_run_ms: $undisturbed_ms, kills: $kills, stores_completed: $stores,
     samples_lost: $lost,
     targets: [$first[0][].target as $target
       | [$first[0][], $last[0][] | select(.target == $target)] as $calm
       | [$all[] | select(.target == $target)] as $resumed
       | {target: $target, undisturbed: ($calm | map(del(.target))), stores: ($resumed | length),
          stores_that_overlap: ([$resumed[] | select(. as $one
              | any($calm[]; .low_ms <= $one.high_ms and .high_ms >= $one.low_ms))] | length),
          resumed: ($resumed | map(del(.target)))}]}' whole.*.json >result.json
jq . result.json
{
  printf '\nkills %s, stores completed %s, samples lost %s\n' "$kills" "$stores" "$lost"
  printf '%-8s %20s %20s %20s  %s\n' target 'undisturbed ms' 'and afterwards' 'resumed (medians)' 'intervals overlap'
  jq -r '.targets[] | [.target, (.undisturbed[] | .low_ms, .high_ms), (.resumed | map(.median_ms) | min, max),
                       "\(.stores_that_overlap) of \(.stores)"] | @tsv' result.json |
    while IFS=$'\t' read -r target low high later_low later_high least most overlap; do
      printf '%-8s %20s %20s %20s  %s\n' "$target" "$(printf '%.2f to %.2f' "$low" "$high")" \
        "$(printf '%.2f to %.2f' "$later_low" "$later_high")" "$(printf '%.2f to %.2f' "$least" "$most")" "$overlap"
    done
} >&2
((lost == 0))
