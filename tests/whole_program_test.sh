#!/usr/bin/env bash
# The program as a user meets it: real processes on loopback, killed and stalled; certificates; bad files; exit codes.
# usage: whole_program_test.sh PATH/TO/tandem CASE
set -euo pipefail

tandem=$1
work=$(mktemp -d)
processes=()
stop_all() {
  if ((${#processes[@]})); then kill -9 "${processes[@]}" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap stop_all EXIT
export TANDEM_STORE=$work/costs.db TANDEM_CACHE=$work/weights
cd "$work"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
# The command must exit with the code, and say on stderr, in one line, something that matches.
expect() { # code pattern command…
  local code=$1 pattern=$2 status=0
  shift 2
  "$@" >out.txt 2>err.txt || status=$?
  [[ $status -eq $code ]] || fail "'$*' exited with $status, expected $code: $(cat err.txt)"
  grep -qE "$pattern" err.txt || fail "'$*' said '$(cat err.txt)', expected '$pattern'"
  [[ $(wc -l <err.txt) -eq 1 ]] || fail "'$*' said more than one line: $(cat err.txt)"
}
contains() { grep -qE "$2" "$1" || fail "$1 has no '$2': $(head -c 2000 "$1")"; }

start_agent() { # name address arguments…: sets $agent and $port
  local name=$1 address=$2
  shift 2
  : >"$name.log"
  "$tandem" agent --listen "$address" --name "$name" "$@" </dev/null >"$name.log" 2>&1 &
  agent=$!
  processes+=("$agent")
  for _ in $(seq 200); do
    if grep -q listens "$name.log"; then break; fi
    sleep 0.05
  done
  port=$(sed -nE 's/.*listens at [^ ]*:([0-9]+) .*/\1/p' "$name.log")
  [[ -n $port ]] || fail "agent $name did not start: $(cat "$name.log")"
}
write_fleet() { # edge-port cloud-port via-port
  cat >fleet.yaml <<EOF
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:$1"}
  - {name: cloud, tier: cloud, address: "127.0.0.1:$2"}
links:
  - {from: device, to: edge, via: "127.0.0.1:${3:-$1}"}
  - {from: edge, to: cloud}
${4:-}
EOF
}
stage() { # target first last
  printf '{"target":"%s","first_layer":%s,"last_layer":%s,"compute_ms":1,"sent_bytes":1,"exchange_ms":1}' "$@"
}
# A plan over all three targets, whatever would be best.
write_plan() {
  local digest
  "$tandem" profile lenet5.onnx --fleet fleet.yaml >/dev/null
  "$tandem" plan lenet5.onnx --fleet fleet.yaml -o plan.json >/dev/null
  digest=$(sed -nE 's/.*"model": "([0-9a-f]{64})".*/\1/p' plan.json | head -n 1)
  printf '{"format":"tandem.plan","version":1,"model":"%s","plans":[{"cost":3,"unit":"ms","stages":[%s,%s,%s]}],"native_plans":[]}' \
    "$digest" "$(stage device 0 2)" "$(stage edge 3 6)" "$(stage cloud 7 12)" >three.json
}
three_processes() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  start_agent cloud 127.0.0.1:0
  cloud_port=$port
  write_fleet 1 "$cloud_port"
  start_agent edge 127.0.0.1:0 --fleet fleet.yaml
  edge=$agent edge_port=$port
  write_fleet "$edge_port" "$cloud_port"
  write_plan
}
run_three() { "$tandem" run lenet5.onnx --fleet fleet.yaml --plan three.json "$@"; }

case_answers() {
  three_processes
  run_three --verify --json >run.json
  contains run.json '"summary": "device 0–2 → edge 3–6 → cloud 7–12"'
  contains run.json '"measured_ms": [0-9]'
  contains run.json '"predicted_ms": 3'
  contains run.json '"max_relative_difference": ([0-9.]+e-[0-9]+|0)'
  "$tandem" inspect lenet5.onnx --json >inspect.json
  for key in layers parameters cuts; do contains inspect.json "\"$key\""; done
  "$tandem" verify lenet5.onnx --json >verify.json
  contains verify.json '"cuts_checked": 12'
  contains verify.json '"is_equal": true'
  "$tandem" zoo list --json >zoo.json
  contains zoo.json '"name": "nasnetlarge"'
  "$tandem" extract lenet5.onnx --first 0 --last 4 -o first.onnx
  "$tandem" inspect first.onnx --json >/dev/null
  "$tandem" profile export -o profile.json
  TANDEM_STORE=$work/other.db "$tandem" profile import profile.json
  TANDEM_STORE=$work/other.db "$tandem" plan lenet5.onnx --fleet fleet.yaml --json >plan2.json
  contains plan2.json '"plans"'
  "$tandem" bench lenet5.onnx --fleet fleet.yaml --runs 3 --json >bench.json
  contains bench.json '"median_ms"'
}

# kill -9 in mid-request: a typed error within the deadline; the next request works once the peer is back.
case_survives_a_killed_edge() {
  three_processes
  kill -9 "$edge"
  start_agent edge "127.0.0.1:$edge_port" --fleet fleet.yaml --slowdown 1000000
  edge=$agent
  local status=0 start end
  start=$(date +%s%N)
  run_three --deadline 5s >out.txt 2>err.txt &
  local request=$!
  sleep 1
  kill -9 "$edge"
  wait "$request" || status=$?
  end=$(date +%s%N)
  [[ $status -eq 7 || $status -eq 8 ]] || fail "exit code $status, expected 7 or 8: $(cat err.txt)"
  [[ $(((end - start) / 1000000)) -lt 12000 ]] || fail "the error came after $(((end - start) / 1000000)) ms"
  start_agent edge "127.0.0.1:$edge_port" --fleet fleet.yaml
  run_three --deadline 10s --json >run.json
  contains run.json '"measured_ms"'
}

case_survives_a_stalled_link() {
  three_processes
  mkfifo commands
  "$tandem" link --listen 127.0.0.1:0 --to "127.0.0.1:$edge_port" <commands >link.log 2>&1 &
  processes+=($!)
  exec 9>commands
  for _ in $(seq 200); do
    if [[ -s link.log ]]; then break; fi
    sleep 0.05
  done
  write_fleet "$edge_port" "$cloud_port" "$(sed -nE 's/^link [^ ]*:([0-9]+) .*/\1/p' link.log)"
  run_three --deadline 10s --json >/dev/null
  echo stall >&9
  sleep 0.2
  expect 8 'deadline' run_three --deadline 500ms
  echo resume >&9
  run_three --deadline 10s --json >run.json
  contains run.json '"measured_ms"'
}

case_wants_certificates() {
  expect 6 'TLS' "$tandem" agent --listen 0.0.0.0:0 --name edge
  "$tandem" zoo export lenet5 -o lenet5.onnx
  write_fleet 1 2
  "$tandem" certs certs --fleet fleet.yaml >/dev/null
  "$tandem" certs foreign --fleet fleet.yaml >/dev/null
  start_agent edge 127.0.0.1:0 --certs certs
  cat >fleet.yaml <<EOF
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:$port"}
certificates: certs
EOF
  "$tandem" profile lenet5.onnx --fleet fleet.yaml >/dev/null
  "$tandem" run lenet5.onnx --fleet fleet.yaml --json >run.json
  contains run.json '"measured_ms"'
  local status=0
  "$tandem" profile lenet5.onnx --fleet fleet.yaml --certs foreign --again >out.txt 2>err.txt || status=$?
  [[ $status -eq 6 || $status -eq 7 ]] || fail "a foreign certificate: exit code $status: $(cat err.txt)"
  sed -i '/certificates/d' fleet.yaml
  status=0
  "$tandem" profile lenet5.onnx --fleet fleet.yaml --again >out.txt 2>err.txt || status=$?
  [[ $status -eq 6 || $status -eq 7 ]] || fail "no certificate: exit code $status: $(cat err.txt)"
}

case_explains_bad_input() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  head -c 1000 lenet5.onnx >short.onnx
  expect 3 'short.onnx: not an ONNX model' "$tandem" inspect short.onnx
  expect 4 'missing.onnx: cannot open' "$tandem" inspect missing.onnx
  expect 4 "no architecture 'resnet51'" "$tandem" zoo export resnet51 -o x.onnx
  [[ ! -e x.onnx ]] || fail "a refused export left a file"
  expect 3 "input 'inptu'" "$tandem" inspect lenet5.onnx --shape inptu=1x1x28x28
  echo 'targets: [{name: device, tier: moon}]' >fleet.yaml
  expect 3 'fleet.yaml: targets\[0\]: tier: expected device, edge or cloud' "$tandem" plan lenet5.onnx --fleet fleet.yaml
  echo 'targets: [{name: device, tier: device}]' >fleet.yaml
  expect 4 'run tandem profile first' "$tandem" plan lenet5.onnx --fleet fleet.yaml
  echo '{"format": "tandem.plan"}' >plan.json
  expect 3 "plan.json: 'version' is missing" "$tandem" run lenet5.onnx --fleet fleet.yaml --plan plan.json
  echo nonsense >costs.db
  expect 3 'costs.db: not a cost store' "$tandem" plan lenet5.onnx --fleet fleet.yaml
  local status=0
  "$tandem" frobnicate >out.txt 2>err.txt || status=$?
  [[ $status -eq 2 ]] || fail "wrong usage: exit code $status"
}

"case_$2"
