#!/usr/bin/env bash
# The program as a user meets it: real processes on loopback, killed and stalled; certificates; bad files; exit codes.
# usage: whole_program_test.sh PATH/TO/tandem CASE
set -euo pipefail

tandem=$1
work=$(mktemp -d)
processes=()
# Processes end by themselves where they can: one that is killed leaves no coverage data.
stop_all() {
  if ((${#processes[@]})); then
    kill "${processes[@]}" 2>/dev/null || true
    { sleep 5 && kill -9 "${processes[@]}"; } >/dev/null 2>&1 &
    wait "${processes[@]}" 2>/dev/null || true
    kill $! 2>/dev/null || true
  fi
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

launch_agent() { # name address arguments…: sets $agent and $port; fails if it does not start
  local name=$1 address=$2
  shift 2
  : >"$name.log"
  "$tandem" agent --listen "$address" --name "$name" "$@" </dev/null >"$name.log" 2>&1 &
  agent=$!
  processes+=("$agent")
  for _ in $(seq 200); do
    if grep -q listens "$name.log" || ! kill -0 "$agent" 2>/dev/null; then break; fi
    sleep 0.05
  done
  port=$(sed -nE 's/.*listens at [^ ]*:([0-9]+) .*/\1/p' "$name.log")
  [[ -n $port ]]
}
# The same. Port 0 becomes one below those that the system hands out by itself: an agent that is started again at its
# port finds it free.
start_agent() {
  local name=$1 address=$2
  shift 2
  if [[ $address != *:0 ]]; then
    launch_agent "$name" "$address" "$@" || fail "agent $name did not start: $(cat "$name.log")"
    return
  fi
  for _ in $(seq 20); do
    if launch_agent "$name" "${address%:0}:$((20000 + RANDOM % 12000))" "$@"; then return; fi
    grep -q 'Address already in use' "$name.log" || break
  done
  fail "agent $name did not start: $(cat "$name.log")"
}
start_link() { # to-port arguments…: sets $link_port; its commands go to descriptor 9
  mkfifo commands
  : >link.log
  "$tandem" link --listen 127.0.0.1:0 --to "127.0.0.1:$1" "${@:2}" <commands >link.log 2>&1 &
  processes+=($!)
  exec 9>commands
  for _ in $(seq 200); do
    if [[ -s link.log ]]; then break; fi
    sleep 0.05
  done
  link_port=$(sed -nE 's/^link [^ ]*:([0-9]+) .*/\1/p' link.log)
  [[ -n $link_port ]] || fail "the link did not start: $(cat link.log)"
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
# The cases need times, not precise ones.
profile_quickly() { "$tandem" profile "$@" --precision 20 --longest 500ms; }
# A plan over all three targets, whatever would be best.
write_plan() {
  local digest
  profile_quickly lenet5.onnx --fleet fleet.yaml >/dev/null
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
  "$tandem" bench lenet5.onnx --fleet fleet.yaml --runs 3 --json --report bench.html >bench.json
  contains bench.json '"median_ms"'
  contains bench.html '<p class="kicker">Tandem comparison</p>'
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

# An agent of one core that takes 70 ms or so for its share, a plan over it, and native plans to fall back on.
edge_alone() { # arguments of the agent…
  "$tandem" zoo export lenet5 -o lenet5.onnx
  start_agent edge 127.0.0.1:0 "$@"
  edge=$agent edge_port=$port
  cat >fleet.yaml <<EOF
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:$edge_port"}
EOF
  profile_quickly lenet5.onnx --fleet fleet.yaml >/dev/null
  "$tandem" plan lenet5.onnx --fleet fleet.yaml --use edge -o edge.json >/dev/null
}

# A machine dies while requests run, and comes back without its parts: every request is answered, and the report says how.
case_goes_on_after_losses() {
  edge_alone --in-memory --slowdown 2000
  "$tandem" run lenet5.onnx --fleet fleet.yaml --plan edge.json --slowdown 2000 --runs 150 --deadline 20s --verify-every 10 \
    --json >run.json 2>err.txt &
  local requests=$!
  sleep 3
  kill -9 "$edge"
  sleep 1
  start_agent edge "127.0.0.1:$edge_port" --in-memory --slowdown 2000
  wait $requests || fail "exit code $?: $(cat err.txt)"
  contains err.txt "'edge' is lost .*: requests go by the plan 'all on device' until it is back"
  contains err.txt "'edge' is back"
  contains run.json '"requests": 150'
  contains run.json '"answered": 150'
  contains run.json '"plan": "all on device"'
  contains run.json '"back_at_s": [0-9]'
  contains run.json '"different": 0'
  contains run.json '"target": "edge"'
}

# Whether the command took less than this many seconds; a silent agent is lost after 10.
within() { # seconds since-ns
  [[ $((($(date +%s%N) - $2) / 1000000000)) -lt $1 ]] || fail "it took $((($(date +%s%N) - $2) / 1000000000)) s"
}
# An agent that was stopped: its machine takes connections, and nobody answers.
case_leaves_silent_machines() {
  edge_alone
  local start
  kill -STOP "$(worker_of "$edge")" "$edge"
  start=$(date +%s%N)
  "$tandem" run lenet5.onnx --fleet fleet.yaml --plan edge.json --deadline 2s --json >run.json 2>err.txt
  within 30 "$start"
  contains err.txt "'edge' is lost .*requests go by the plan 'all on device'"
  contains run.json '"answered": 1'
  printf '{"format":"tandem.plan","version":1,"model":"%s","plans":[{"cost":3,"unit":"ms","stages":[%s,%s]}],"native_plans":[]}' \
    "$(sed -nE 's/.*"model": "([0-9a-f]{64})".*/\1/p' edge.json | head -n 1)" "$(stage device 0 2)" "$(stage edge 3 12)" >only.json
  start=$(date +%s%N)
  local status=0
  "$tandem" run lenet5.onnx --fleet fleet.yaml --plan only.json --deadline 2s >out.txt 2>err.txt || status=$?
  [[ $status -eq 7 || $status -eq 8 ]] || fail "exit code $status: $(cat err.txt)"
  within 30 "$start"
  status=0
  start=$(date +%s%N)
  profile_quickly lenet5.onnx --fleet fleet.yaml --again >out.txt 2>err.txt || status=$?
  [[ $status -eq 7 || $status -eq 8 ]] || fail "exit code $status: $(cat err.txt)"
  within 90 "$start"
  contains err.txt "'edge' is lost .*: the others are measured"
  contains out.txt '^lenet5 +device '
  [[ $(grep -cv ' was noisy' err.txt) -eq 1 ]] || fail "more than one line: $(cat err.txt)"
  kill -CONT "$edge" "$(worker_of "$edge")"
  profile_quickly lenet5.onnx --fleet fleet.yaml >out.txt
  contains out.txt '^lenet5 +edge '
}

case_survives_a_stalled_link() {
  three_processes
  start_link "$edge_port"
  write_fleet "$edge_port" "$cloud_port" "$link_port"
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
  profile_quickly lenet5.onnx --fleet fleet.yaml >/dev/null
  "$tandem" run lenet5.onnx --fleet fleet.yaml --json >run.json
  contains run.json '"measured_ms"'
  local status=0
  profile_quickly lenet5.onnx --fleet fleet.yaml --certs foreign --again >out.txt 2>err.txt || status=$?
  [[ $status -eq 6 || $status -eq 7 ]] || fail "a foreign certificate: exit code $status: $(cat err.txt)"
  sed -i '/certificates/d' fleet.yaml
  expect 6 'it wants TLS: give --certs FOLDER' profile_quickly lenet5.onnx --fleet fleet.yaml --again
}

# One agent, certificates of an operator, a caller and an agent under the name that commands use: who may what; a new
# certificate and a list of revoked ones take effect while the agent runs.
case_keeps_rights() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  write_fleet 1 2
  "$tandem" certs operator --fleet fleet.yaml >/dev/null
  local role
  for role in caller agent; do
    mkdir $role
    cp -p operator/ca.* $role
    "$tandem" certs $role device --role $role >/dev/null
  done
  start_agent edge 127.0.0.1:0 --certs operator --in-memory
  cat >fleet.yaml <<EOF
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:$port"}
certificates: operator
EOF
  local as_caller=(--fleet fleet.yaml --certs caller)
  expect 6 "Upload takes a certificate with the role operator; that of 'device' has caller$" \
    profile_quickly lenet5.onnx "${as_caller[@]}"
  expect 6 "agent/device.pem: the certificate has the roles: agent; expected: caller or operator" \
    profile_quickly lenet5.onnx --fleet fleet.yaml --certs agent
  profile_quickly lenet5.onnx --fleet fleet.yaml >/dev/null
  "$tandem" plan lenet5.onnx --fleet fleet.yaml --use edge --where 'on 3-12 edge' -o plan.json >/dev/null
  kill -9 "$(worker_of "$agent")"  # what was profiled is gone with it
  await_line edge.log died
  expect 6 "takes a certificate with the role operator; that of 'device' has caller$" \
    "$tandem" run lenet5.onnx "${as_caller[@]}" --plan plan.json
  "$tandem" run lenet5.onnx --fleet fleet.yaml --plan plan.json --json >run.json
  "$tandem" run lenet5.onnx "${as_caller[@]}" --plan plan.json --verify --json >run.json
  contains run.json '"is_same": true'
  "$tandem" certs operator edge --renew >/dev/null
  "$tandem" certs revoke operator "$(head -n 1 caller/issued.txt | cut -d ' ' -f 1)" >/dev/null
  sleep 1.1
  expect 6 "the certificate of 'device' \(serial [0-9a-f]+\) is revoked$" \
    "$tandem" run lenet5.onnx "${as_caller[@]}" --plan plan.json
  awk '$2 == "edge" {print $1; exit}' operator/issued.txt >operator/revoked.txt
  "$tandem" run lenet5.onnx --fleet fleet.yaml --plan plan.json --json >run.json
  contains run.json '"measured_ms"'
  chmod 644 operator/edge.key
  expect 6 'edge.key: others than its owner may use this key \(mode 0644\): chmod 600' \
    "$tandem" agent --listen 127.0.0.1:0 --name edge --certs operator
}

worker_of() { tr -d ' ' <"/proc/$1/task/$1/children"; } # of a supervisor; it has no other child
count_descriptors() { find "/proc/$worker/fd" -mindepth 1 | wc -l; }
# More TCP connections that say nothing than the agent may open descriptors; they hold for a second.
crowd() { # port
  (
    ulimit -n 2048
    for _ in $(seq 400); do exec {connection}<>"/dev/tcp/127.0.0.1/$1"; done
    sleep 1
  ) 2>/dev/null || true
}
run_beside_a_crowd() { # arguments of the agent…
  local before
  start_agent edge 127.0.0.1:0 "$@"
  cat >fleet.yaml <<EOF
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:$port"}
EOF
  "$tandem" profile lenet5.onnx --fleet fleet.yaml "$@" --again --precision 20 --longest 500ms >/dev/null
  "$tandem" plan lenet5.onnx --fleet fleet.yaml --use edge -o edge.json >/dev/null
  worker=$(worker_of "$agent")
  prlimit --pid "$worker" --nofile=256:256
  before=$(count_descriptors)
  crowd "$port" &
  local crowd=$!
  sleep 0.5
  "$tandem" run lenet5.onnx --fleet fleet.yaml "$@" --plan edge.json --json >during.json
  contains during.json '"measured_ms"'
  wait $crowd
  "$tandem" run lenet5.onnx --fleet fleet.yaml "$@" --plan edge.json --json >after.json
  contains after.json '"measured_ms"'
  for _ in $(seq 200); do
    if (($(count_descriptors) <= before + 2)); then return; fi
    sleep 0.05
  done
  fail "the agent had $before descriptors, and $(count_descriptors) after a crowd: $(ls -l "/proc/$worker/fd")"
}

case_survives_silent_connections() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  write_fleet 1 2
  "$tandem" certs certs --fleet fleet.yaml >/dev/null
  run_beside_a_crowd
  run_beside_a_crowd --certs certs
}

send_part() { "$(dirname "$tandem")/part_sender" "$edge_port" edge "$@"; } # kind deadline
await_line() { # file pattern
  for _ in $(seq 200); do
    if grep -qE "$2" "$1"; then return; fi
    sleep 0.05
  done
  fail "$1 has no '$2': $(cat "$1")"
}

# The worker is killed: its supervisor starts another one, which has the parts of the first.
case_survives_a_killed_worker() {
  three_processes
  run_three --json >/dev/null
  local signal worker
  for signal in KILL SEGV; do
    worker=$(worker_of "$edge")
    kill -$signal "$worker"
    for _ in $(seq 100); do
      if [[ $(worker_of "$edge") != "$worker" ]]; then break; fi
      sleep 0.05
    done
    "$tandem" run lenet5.onnx --fleet fleet.yaml --plan three.json --deadline 20s --json >run.json
    contains run.json '"measured_ms"'
  done
  contains edge.log "tandem: agent 'edge': the worker died \(signal 9: Killed\)$"
  contains edge.log "tandem: agent 'edge': the worker died \(signal 11: Segmentation fault\)$"
  # Without another deployment, and in the middle of a request that computes for ever.
  send_part short 20000 >short.txt
  contains short.txt '^run: ok'
  : >endless.txt
  send_part endless-run 60000 >endless.txt &
  await_line endless.txt '^load: ok'
  sleep 0.5
  kill -9 "$(worker_of "$edge")"
  wait $!
  contains endless.txt '^run: unavailable'
  send_part short-again 20000 >short.txt
  contains short.txt '^run: ok'
}

# A part that computes without an end is ended at its deadline, beside requests that are answered. One that cannot be
# ended ends the worker, twice at most.
case_ends_endless_parts() {
  local kind start
  three_processes
  run_three --json >/dev/null
  for kind in endless-load endless-run; do
    start=$(date +%s%N)
    send_part $kind 1000 >part.txt &
    run_three --deadline 20s --json >run.json
    contains run.json '"measured_ms"'
    wait $!
    [[ $((($(date +%s%N) - start) / 1000000)) -lt 20000 ]] || fail "$kind: $(cat part.txt)"
    contains part.txt ': deadline exceeded: '
  done
  if grep -q died edge.log; then fail "the worker died: $(cat edge.log)"; fi
  for _ in 1 2; do
    send_part stuck-load 500 >part.txt
    contains part.txt '^load: deadline exceeded: '
    sleep 2
    run_three --deadline 20s --json >run.json
    contains run.json '"measured_ms"'
  done
  contains edge.log 'a computation went on a second after it was told to end\), at work on part [0-9a-f]{12}; part [0-9a-f]{12} is quarantined'
  send_part stuck-load 10000 >part.txt
  contains part.txt '^load: refused: .*part [0-9a-f]{12} is quarantined'
  [[ $(grep -c died edge.log) -eq 2 ]] || fail "$(cat edge.log)"
}

# Parts, tensors and weights beyond --memory are refused, beside requests that are answered; the worker stays within it.
case_keeps_to_its_memory() {
  if grep -qE '__[at]san_init' "$tandem"; then return; fi  # sanitizers take memory of their own
  expect 3 "^tandem: --memory '2': expected a size with its unit" "$tandem" agent --listen 127.0.0.1:0 --name edge --memory 2
  expect 3 '^tandem: --memory 1000000: expected at least 128MiB' "$tandem" agent --listen 127.0.0.1:0 --name edge --memory 1MB
  start_agent edge 127.0.0.1:0 --memory 400MB
  edge_port=$port
  local worker kind most
  worker=$(worker_of "$agent")
  for kind in large-constant large-run; do
    send_part $kind 20000 >part.txt
    contains part.txt ': resource exhausted: .*no memory for the computation: 8.6 GB asked, .* free of the budget of 400 MB'
    send_part short 20000 >short.txt
    contains short.txt '^run: ok'
  done
  "$tandem" zoo export lenet5 -o lenet5.onnx
  cat >fleet.yaml <<EOF
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:$edge_port"}
EOF
  "$tandem" profile lenet5.onnx --fleet fleet.yaml --again --precision 20 --longest 300ms >/dev/null
  [[ $(worker_of "$agent") == "$worker" ]] || fail "the worker died: $(cat edge.log)"
  most=$(sed -nE 's/^VmHWM:\s+([0-9]+) kB/\1/p' "/proc/$worker/status")
  ((most * 1024 <= 420000000)) || fail "the worker took $most kB"
}

# SIGTERM: the request under way goes on to its deadline, new ones are refused, and the agent is gone.
case_drains() {
  local start status=0
  start_agent edge 127.0.0.1:0 --in-memory
  edge_port=$port
  send_part endless-run 4000 >part.txt &
  local running=$!
  await_line part.txt '^load: ok'
  start=$(date +%s%N)
  sleep 0.5
  kill "$agent"
  sleep 0.5
  kill -0 "$agent" 2>/dev/null || fail "the agent left a request alone"
  send_part endless-run 1000 >late.txt
  contains late.txt '^load: unavailable'
  wait "$agent" || status=$?
  [[ $status -eq 0 ]] || fail "exit code $status: $(cat edge.log)"
  [[ $((($(date +%s%N) - start) / 1000000)) -lt 15000 ]] || fail "the agent was there for long"
  wait $running
  contains part.txt '^run: deadline exceeded'
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
  # The engine must not read a command line of any length.
  expect 3 'xxx' "$tandem" run lenet5.onnx --fleet fleet.yaml --input "$(printf 'x%.0s' {1..60000})"
  echo '{"format": "tandem.plan"}' >plan.json
  expect 3 "plan.json: 'version' is missing" "$tandem" run lenet5.onnx --fleet fleet.yaml --plan plan.json
  echo nonsense >costs.db
  expect 3 'costs.db: not a cost store' "$tandem" plan lenet5.onnx --fleet fleet.yaml
  local status=0
  "$tandem" frobnicate >out.txt 2>err.txt || status=$?
  [[ $status -eq 2 ]] || fail "wrong usage: exit code $status"
  expect 2 "no subcommand 'pln'; did you mean 'plan'" "$tandem" pln
}

# Whatever prints must say so when nobody can read it; what is written goes where the path leads.
case_says_when_output_is_lost() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  write_problem
  local command
  for command in '--help' '--version' 'zoo list' 'zoo list --json' 'inspect lenet5.onnx' 'verify lenet5.onnx' \
    'plan --problem problem.json' 'plan --problem problem.json --json' 'profile export' 'completion bash'; do
    expect 9 'standard output: cannot write: No space left on device' full_output $command
    expect 7 'standard output: cannot write: Bad file descriptor' closed_output $command
  done
  broken_pipe inspect lenet5.onnx 2>err.txt || true
  [[ $(cat status) -eq 7 && ! -s err.txt ]] || fail "where the reader has gone: $(cat status), '$(cat err.txt)'"
  cmp -s <("$tandem" plan --problem - --json <problem.json | grep -v solve_us) \
    <(cat problem.json | "$tandem" plan --problem /dev/stdin --json | grep -v solve_us) || fail 'problems from pipes differ'
  "$tandem" plan --problem <(cat problem.json) -o /dev/stdout >both.txt
  contains both.txt '"format": "tandem.plan"'
  contains both.txt '^objective: latency'
  expect 9 '/dev/full: cannot write: No space left on device' "$tandem" zoo export lenet5 -o /dev/full
  expect 4 'none/x.onnx: cannot write there: .*No such file' "$tandem" zoo export lenet5 -o none/x.onnx
}
full_output() { "$tandem" "$@" >/dev/full; }
closed_output() { "$tandem" "$@" >&-; }
broken_pipe() { # its reader is gone when it starts
  { sleep 0.5 && { "$tandem" "$@" || echo $? >status; }; } | true
  return "$(cat status)"
}

# A phone, two edges, a cloud: best is each tier in turn, 10 + (4 + 8) + 8 + (20 + 1) + 5 = 56 ms.
write_problem() {
  cat >problem.json <<'EOF'
{"format": "tandem.problem", "version": 1,
 "input_bytes": 100000,
 "blocks": [{"name": "stem", "output_bytes": 20000}, {"name": "body", "output_bytes": 10000}, {"name": "head", "output_bytes": 0}],
 "targets": [{"name": "phone", "tier": "device", "block_ms": [10, 80, 100]},
             {"name": "near", "tier": "edge", "block_ms": [5, 8, 40]},
             {"name": "far", "tier": "edge", "block_ms": [5, 25, 50]},
             {"name": "server", "tier": "cloud", "block_ms": [1, 10, 5]}],
 "links": [{"from": "phone", "to": "near", "round_trip_ms": 4, "upload_mbps": 20},
           {"from": "phone", "to": "far", "round_trip_ms": 2, "upload_mbps": 16},
           {"from": "phone", "to": "server", "round_trip_ms": 40, "upload_mbps": 8},
           {"from": "near", "to": "server", "round_trip_ms": 20, "upload_mbps": 80},
           {"from": "far", "to": "server", "round_trip_ms": 20, "upload_mbps": 80}]}
EOF
}
plan_problem() { "$tandem" plan --problem problem.json "$@"; }
# Asks, and looks at the best plan of the answer, which stays in out.json.
best_is() { # summary cost flags…
  local summary cost
  plan_problem --json "${@:3}" >out.json
  summary=$(sed -nE 's/^      "summary": "(.*)",/\1/p' out.json | head -n 1)
  cost=$(sed -nE 's/^      "cost": (.*),/\1/p' out.json | head -n 1)
  [[ $summary == "$1" && $cost == "$2" ]] || fail "best is '$summary' for $cost, expected '$1' for $2"
}
# What out.json lists under a key.
listed_under() { sed -n "/^  \"$1\": \[/,/^  \]/p" out.json; }

case_plans() {
  write_problem
  best_is "phone 0 → near 1 → server 2" 56.0 --top 3
  for key in plans native_plans bound gap is_proven solve_us solver unit objective model; do
    contains out.json "^  \"$key\": "
  done
  contains out.json '^  "bound": 56.0'
  contains out.json '^  "is_proven": true'
  contains out.json '^      "unit": "ms"'
  contains out.json '^          "first_layer": 2'
  listed_under plans | sed -nE 's/^      "cost": (.*),/\1/p' >costs.txt
  [[ $(wc -l <costs.txt) -eq 3 ]] || fail "expected three plans: $(cat costs.txt)"
  sort -g -C costs.txt || fail "plans are not sorted by cost: $(cat costs.txt)"
  [[ $(listed_under native_plans | grep -c '"is_native": true') -eq 4 ]] || fail "expected four native plans"

  best_is "phone 0 → near 1 → server 2" 10.0 --objective throughput
  contains out.json '"unit": "ms per request"'
  best_is "phone 0–1 → near 2" 138.0 --where "upload <= 15KB"
  best_is "phone 0–1 → server 2" 145.0 --where "upload <= 15KB" --avoid near
  plan_problem --where "upload <= 15KB" --explain >out.txt
  contains out.txt '^proof: no plan costs less than 138.0 ms'
  contains out.txt "^'upload <= 15KB' binds: without it 56.0 ms"
  contains out.txt '^native, all on near: breaks'

  plan_problem --map 0.1..1000 --front latency upload >out.txt
  contains out.txt '^from Mbit/s  to Mbit/s  latency \(ms\)  plan'
  contains out.txt '^ *0\.1 .* all on phone'
  contains out.txt '^latency \(ms\)   upload  plan'
  plan_problem --map 0.1..1000 --front latency upload --json >out.json
  contains out.json '^      "low_mbps": 0.1'
  contains out.json '^        "first_cost": 56.0'
  plan_problem --picture plan.svg >/dev/null
  contains plan.svg '^<svg '
  contains plan.svg '</svg>$'
  local status=0
  plan_problem --picture plan.png >/dev/null 2>err.txt || status=$?
  if [[ $status -eq 0 ]]; then
    [[ $(head -c 4 plan.png | tail -c 3) == PNG ]] || fail "plan.png is no PNG"
  else
    [[ $status -eq 2 ]] || fail "--picture plan.png: exit code $status, expected 0 or 2"
    contains err.txt 'PNG needs librsvg'
  fi
  plan_problem --picture plan.dot >/dev/null
  contains plan.dot '^digraph '

  plan_problem --top 5 --json >first.json
  plan_problem --save-problem saved.json >/dev/null
  "$tandem" plan --problem saved.json --top 5 --json >second.json
  cmp <(grep -v '"solve_us"' first.json) <(grep -v '"solve_us"' second.json) || fail "the saved problem has other plans"
}

# The problem with one thing changed is refused in one line.
refuses() { # pattern sed-script
  sed -E "$2" problem.json >bad.json
  if cmp -s problem.json bad.json; then fail "nothing changed: $2"; fi
  expect 3 "^tandem: bad.json: $1" "$tandem" plan --problem bad.json
}
# What was asked for cannot be had: stderr names each constraint that clashes, JSON too.
clashes() { # constraint… -- flags…
  local status=0 constraints=()
  while [[ $1 != -- ]]; do
    constraints+=("$1")
    shift
  done
  plan_problem --json "${@:2}" >out.json 2>err.txt || status=$?
  [[ $status -eq 1 ]] || fail "'$*': exit code $status, expected 1: $(cat err.txt)"
  contains out.json '^  "plans": \[\]'
  contains out.json '^  "clash": \{'
  contains err.txt '^tandem: no plan satisfies th'
  [[ $(grep -c '^  ' err.txt) -eq ${#constraints[@]} ]] || fail "other constraints clash: $(cat err.txt)"
  for constraint in "${constraints[@]}"; do
    grep -qxF "  $constraint" err.txt || fail "no word of '$constraint': $(cat err.txt)"
    grep -qF "\"$constraint\"" out.json || fail "no word of '$constraint': $(cat out.json)"
  done
}

case_refuses_bad_problems() {
  write_problem
  refuses 'not valid JSON' 's/\}\]\}/}]/'
  refuses "'version' is missing" 's/, "version": 1//'
  refuses 'version: expected .*found 7' 's/"version": 1/"version": 7/'
  refuses "unknown key 'inputs_bytes'" 's/input_bytes/inputs_bytes/'
  refuses 'blocks\[1\]: name: .*found "stem"' 's/"body"/"stem"/'
  refuses "blocks\[1\]: 'output_bytes' is missing" 's/, "output_bytes": 10000//'
  refuses 'targets\[1\]: block_ms: 2 entries, expected 3' 's/\[5, 8, 40\]/[5, 8]/'
  refuses 'targets\[0\]: block_ms\[1\]: .*found -80' 's/ 80,/ -80,/'
  refuses 'targets\[0\]: block_ms\[0\]: expected a number, found "fast"' 's/\[10,/["fast",/'
  refuses 'targets\[3\]: tier: .*\(device, edge, cloud\), found "moon"' 's/"cloud"/"moon"/'
  refuses "target 0 'phone': .*expected tier 0" 's/"device"/"edge"/'
  refuses 'links\[0\]: to: .*found "nowhere"' 's/"to": "near"/"to": "nowhere"/'
  refuses 'links\[0\]: upload_mbps: .*found 0' 's/"upload_mbps": 20/"upload_mbps": 0/'
  refuses "link 3, 'server' to 'near': .*expected the same or a later tier" 's/"near", "to": "server"/"server", "to": "near"/'
  refuses "objective: objective 'speed': expected latency" 's/"version": 1,/& "objective": "speed",/'
  refuses "constraints\[0\]: constraint 'avoid moon': no target or tier" 's/"version": 1,/& "constraints": ["avoid moon"],/'
  : >bad.json
  expect 3 'bad.json: not valid JSON' "$tandem" plan --problem bad.json
  expect 4 'missing.json: cannot open' "$tandem" plan --problem missing.json

  expect 3 "constraint 'frobnicate 3': expected" plan_problem --where 'frobnicate 3'
  expect 3 "constraint 'upload < 3KB': expected '<='" plan_problem --where 'upload < 3KB'
  expect 3 "constraint 'on 7 phone': the model has no layer 7" plan_problem --where 'on 7 phone'
  expect 3 "constraint 'accuracy >= 110%'" plan_problem --min-accuracy 110
  expect 3 "deadline 'soon': expected a time" plan_problem --deadline soon
  expect 3 'map 9..1: expected LOW..HIGH' plan_problem --map 9..1
  expect 3 "no solver 'magic', expected one of" plan_problem --solver magic

  clashes 'latency <= 10ms' -- --deadline 10ms
  contains err.txt "^nearest, if 'latency <= 10ms' allowed 56.0 ms"
  clashes 'on body phone' 'latency <= 60ms' -- --where 'on body phone' --deadline 60ms
  clashes 'on head phone' 'on head cloud' -- --where 'on head phone' --where 'on head cloud'
  clashes 'use cloud' 'avoid server' -- --use cloud --avoid server
  clashes 'private head' 'use server' -- --where 'upload <= 5KB' --use server --where 'private head'
  clashes 'throughput >= 200/s' -- --where 'throughput >= 200/s'

  local status=0
  plan_problem lenet5.onnx --fleet fleet.yaml >out.txt 2>err.txt || status=$?
  [[ $status -eq 2 ]] || fail "a model and a problem: exit code $status, expected 2"
  status=0
  plan_problem --picture plan.pdf >out.txt 2>err.txt || status=$?
  [[ $status -eq 2 ]] || fail "a picture of an unknown kind: exit code $status, expected 2"
}

# Planned from what was measured, and a plan whose stages are no single ranges: both answer as the whole model does.
case_runs_plans() {
  three_processes
  "$tandem" plan lenet5.onnx --fleet fleet.yaml --use cloud -o plan.json >/dev/null
  "$tandem" run lenet5.onnx --fleet fleet.yaml --plan plan.json --verify --json >run.json
  contains run.json '"target": "cloud"'
  contains run.json '"max_relative_difference": ([0-9.]+e-[0-9]+|0)'
  "$tandem" run lenet5.onnx --fleet fleet.yaml --where 'on 3-5 edge' --verify --json >run.json
  contains run.json '"target": "edge"'
  contains run.json '"max_relative_difference": ([0-9.]+e-[0-9]+|0)'
  expect 4 'no plan keeps every --where' "$tandem" run lenet5.onnx --fleet fleet.yaml --where 'latency <= 0ms'

  "$tandem" zoo export alexnet5 -o alexnet5.onnx
  echo 'targets: [{name: device, tier: device}]' >alone.yaml
  profile_quickly alexnet5.onnx --fleet alone.yaml --json >profile.json
  printf '{"format":"tandem.plan","version":2,"model":"%s","native_plans":[],"plans":[{"cost":3,"stages":[%s,%s,%s]}]}' \
    "$(sed -nE 's/.*"model": "([0-9a-f]{64})".*/\1/p' profile.json | head -n 1)" \
    '{"target":"device","layers":[[0,3],[14,17],[28,29]]}' \
    '{"target":"edge","layers":[[4,13],[18,27],[41,52]]}' \
    '{"target":"cloud","layers":[[30,40],[53,64]]}' >branches.json
  "$tandem" run alexnet5.onnx --fleet fleet.yaml --plan branches.json --verify --json >run.json
  contains run.json '"summary": "device 0–3, 14–17, 28–29 → edge 4–13, 18–27, 41–52 → cloud 30–40, 53–64"'
  contains run.json '"max_relative_difference": ([0-9.]+e-[0-9]+|0)'
}

# The device sends the cloud a tensor past the edge, which reads it, too. Then the cloud dies in the middle.
case_sends_past_a_stage() {
  "$tandem" zoo export alexnet5 -o alexnet5.onnx
  start_agent cloud 127.0.0.1:0 --slowdown 30
  local cloud=$agent cloud_port=$port past='  - {from: device, to: cloud}'
  write_fleet 1 "$cloud_port" 1 "$past"
  start_agent edge 127.0.0.1:0 --fleet fleet.yaml
  write_fleet "$port" "$cloud_port" "$port" "$past"
  profile_quickly alexnet5.onnx --fleet fleet.yaml --json >profile.json
  runs_its_planned_bypass
  write_bypass '{"tensor":"conv3_relu","codec":"raw","bytes":0}'
  "$tandem" run alexnet5.onnx --fleet fleet.yaml --plan bypass.json --verify --json >run.json
  contains run.json '"is_same": true'
  contains run.json '"bypasses": \['
  contains run.json '"deposits": \['
  contains run.json '"waited_ms": [0-9]'
  "$tandem" run alexnet5.onnx --fleet fleet.yaml --plan bypass.json >run.txt
  contains run.txt '^⤳ cloud +[0-9.]+ '
  write_bypass '{"tensor":"conv4","codec":"raw","bytes":0}'
  expect 3 "the bypass from 'device' to 'cloud' carries 'conv4', which a later stage makes, or none" \
    "$tandem" run alexnet5.onnx --fleet fleet.yaml --plan bypass.json
  write_bypass '{"tensor":"conv3_relu","codec":"fp16","bytes":0}'
  "$tandem" run alexnet5.onnx --fleet fleet.yaml --plan bypass.json --runs 1000 --deadline 20s --json >run.json 2>err.txt &
  local requests=$!
  sleep 2
  kill -9 "$cloud"
  wait $requests || fail "exit code $?: $(cat err.txt)"
  contains err.txt "'cloud' is lost .*: requests go by the plan 'all on device'"
  contains run.json '"answered": 1000'
}
# Least upload: what the cloud alone reads goes past the edge, and once. Without a bypass it goes twice.
runs_its_planned_bypass() {
  local question=(alexnet5.onnx --fleet fleet.yaml --objective upload --top 1 --where 'on 30-64 cloud')
  question+=(--where 'on 0-3 device' --where 'on 14-17 device' --where 'on 28-29 device')
  question+=(--where 'on 4-13 edge' --where 'on 18-27 edge')
  local stages='edge 4–13, 18–27 → cloud 30–64'
  "$tandem" plan "${question[@]}" >plan.txt
  contains plan.txt "^1 +device 0–3, 14–17, 28–29 → $stages +98.3 KB"
  "$tandem" plan "${question[@]}" --bypass -o planned.json >plan.txt
  contains plan.txt "^1 +device 0–3, 14–17, 28–29 ⤳ cloud → $stages +73.7 KB"
  "$tandem" run alexnet5.onnx --fleet fleet.yaml --plan planned.json --verify --json >run.json
  contains run.json '"is_same": true'
  contains run.json '"bypasses": \['
  expect 5 'work in parallel goes without a bypass' "$tandem" plan "${question[@]}" --bypass --parallel
}
write_bypass() { # sent
  printf '{"format":"tandem.plan","version":2,"model":"%s","native_plans":[{"cost":9,"stages":[%s]}],"plans":[{"cost":3,"stages":[%s,%s,%s]}]}' \
    "$(sed -nE 's/.*"model": "([0-9a-f]{64})".*/\1/p' profile.json | head -n 1)" '{"target":"device","layers":[[0,64]]}' \
    '{"target":"device","layers":[[0,3],[14,17],[28,29]],"bypasses":[{"target":"cloud","sent":['"$1"']}]}' \
    '{"target":"edge","layers":[[4,13],[18,27],[41,52]]}' \
    '{"target":"cloud","layers":[[30,40],[53,64]]}' >bypass.json
}

# Two replicas of an edge, with certificates of their own: from the fleet file to requests that take turns, and on after
# a loss.
case_runs_replicas() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  write_replicas 1 2
  "$tandem" certs certs --fleet replicas.yaml >certs.txt
  contains certs.txt 'edge\.2\.pem'
  start_agent edge.1 127.0.0.1:0 --certs certs --slowdown 10
  local first_port=$port
  start_agent edge.2 127.0.0.1:0 --certs certs --slowdown 10
  local second=$agent
  write_replicas "$first_port" "$port"
  profile_quickly lenet5.onnx --fleet replicas.yaml >/dev/null
  "$tandem" plan lenet5.onnx --fleet replicas.yaml --objective throughput --where 'on 3-12 edge' -o plan.json >/dev/null
  contains plan.json '"replicas": 2'
  run_replicas --runs 8 --concurrency 4 --verify --json >run.json
  contains run.json '"is_same": true'
  contains run.json '"period_ms": [0-9]'
  for name in edge.1 edge.2; do
    tr -d ' \n' <run.json | grep -q "\"replica\":\"$name\",\"answers\":4" || fail "no 4 answers of $name: $(cat run.json)"
  done
  run_replicas --runs 4 >run.txt
  contains run.txt 'answers by replica: edge\.1 2, edge\.2 2'
  "$tandem" bench lenet5.onnx --fleet replicas.yaml --plan plan.json --runs 2 --json >bench.json
  contains bench.json '"median_ms"'
  kill -9 "$second"
  run_replicas --runs 4 >run.txt 2>err.txt
  contains run.txt 'answers by replica: edge\.1 4, edge\.2 0'
  contains err.txt "'edge.2' is lost .*: requests go to the other replicas of 'edge' until it is back"
  "$tandem" profile lenet5.onnx --fleet replicas.yaml --links-only >/dev/null 2>err.txt
  contains err.txt "'edge.2' does not answer: 'edge.1' is measured for it"
  sed "s/addresses: .*\]/address: \"127.0.0.1:$first_port\", replicas: 2/" replicas.yaml >one.yaml
  expect 3 "2 replicas of 'edge', of which the fleet file has one address: expected 'addresses: \[HOST:PORT, …\]'" \
    "$tandem" run lenet5.onnx --fleet one.yaml --plan plan.json
}
write_replicas() { # ports
  cat >replicas.yaml <<EOF
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, addresses: ["127.0.0.1:$1", "127.0.0.1:$2"]}
certificates: certs
EOF
}
run_replicas() { "$tandem" run lenet5.onnx --fleet replicas.yaml --plan plan.json "$@"; }

# An agent and who asks it, in namespaces of their own; skipped where the kernel does not allow them.
case_crosses_packets() {
  "$tandem" link --packets --run 'near true' >/dev/null || { echo 'skipped: no network namespaces' >&2 && exit 77; }
  "$tandem" zoo export lenet5 -o lenet5.onnx
  cat >fleet.yaml <<'EOF'
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "10.77.0.2:7101"}
EOF
  cat >ask.sh <<EOF
for _ in \$(seq 400); do if grep -q listens agent.log; then break; else sleep 0.05; fi; done
"$tandem" profile lenet5.onnx --fleet fleet.yaml --slowdown 1000 --precision 20 --longest 500ms
"$tandem" run lenet5.onnx --fleet fleet.yaml --slowdown 1000 --verify
EOF
  "$tandem" link --packets --bandwidth 50 --delay 2ms --set 'loss 1' \
    --run "far exec '$tandem' agent --listen 10.77.0.2:7101 --name edge --insecure >agent.log 2>&1" \
    --run 'near sh -e ask.sh' >asked.txt
  contains asked.txt '^device → edge +([4-9]|[1-9][0-9]+)[. ]' # a round trip is 4 ms at the least
  contains asked.txt '^edge +[0-9.]+ '
  leaves_no_network
  if [[ $(id -u) -ne 0 || -z $(command -v setpriv) ]]; then return; fi
  expect 6 'expected root' setpriv --bounding-set=-all --inh-caps=-all "$tandem" link --packets
}

# Three namespaces, which another command enters, until the link is killed.
leaves_no_network() {
  local link process
  echo 'links: [{between: [device, edge]}, {between: [edge, cloud], preset: 4g}]' >network.yaml
  "$tandem" link --network network.yaml </dev/null >network.json &
  link=$!
  processes+=("$link")
  for _ in $(seq 400); do if [[ -s network.json ]]; then break; else sleep 0.05; fi; done
  process=$(jq '.namespaces[1].process' network.json)
  "$tandem" link --enter "$process" -- cat /proc/thread-self/net/dev >devices.txt
  contains devices.txt 'tandem0:'
  contains devices.txt 'tandem1:'
  expect 4 "'nothing-like-it': No such file" "$tandem" link --enter "$process" -- nothing-like-it
  kill -9 "$link"
  for _ in $(seq 400); do "$tandem" link --enter "$process" -- true 2>/dev/null || break; done
  expect 4 "network of process $process: No such process" "$tandem" link --enter "$process" -- true
  expect 4 "no namespace 'middle'" "$tandem" link --packets --run 'middle true'
  expect 3 'only packets show' "$tandem" link --to 127.0.0.1:1 --set 'loss 1'
}

# Two agents, an emulated link between them.
start_two() { # slowdown-of-the-device link-arguments…
  local slowdown=$1
  shift
  start_agent edge 127.0.0.1:0 --threads 1
  edge_port=$port
  start_link "$edge_port" "$@"
  write_two 1
  start_agent device 127.0.0.1:0 --threads 1 --fleet two.yaml --slowdown "$slowdown"
  device=$agent device_port=$port
  write_two "$device_port"
}
write_two() { # device-port
  cat >two.yaml <<EOF
targets:
  - {name: device, tier: device, address: "127.0.0.1:$1"}
  - {name: edge, tier: edge, address: "127.0.0.1:$edge_port"}
links:
  - {from: device, to: edge, via: "127.0.0.1:$link_port"}
EOF
}
profile_two() { profile_quickly "$@" --fleet two.yaml; }
# What the store knows of models: a line for each look inside, and for each series of samples.
entries() {
  "$tandem" profile export -o export.json
  tr -d ' \n' <export.json | sed 's/{"model"/\n&/g'
  echo
}
examinations() { entries | sed -E '/"kernels":/!d; s/\],"stages":.*//; s/,$//'; }
series() { entries | sed -E '/"samples_ms":/!d; s/"measured_at_s":[0-9]+,//; s/\]\}.*/,/'; }
# A series may have grown at its end; nothing else may have happened to it.
nothing_lost() { # series-before series-after
  awk -F '"samples_ms":' '
    FILENAME == ARGV[1] { before[$1] = $2; next }
    { after[$1] = $2 }
    END { for (key in before) if (index(after[key], before[key]) != 1) exit 1 }' "$1" "$2" ||
    fail "samples are lost: $(diff "$1" "$2" | cut -c 1-1000)"
}
source_is() { # number-of-the-link source
  "$tandem" profile export -o export.json
  contains export.json "\"$1_source\": \"$2\""
}

case_profiles() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  start_two 6 --bandwidth 4
  profile_two lenet5.onnx >table.txt
  contains table.txt '^model +target +whole ms '
  contains table.txt '^lenet5 +device +[0-9]'
  contains table.txt '^lenet5 +edge +[0-9]'
  contains table.txt '^device → edge +[0-9]'

  local start end
  series >series.txt
  examinations >inside.txt
  [[ $(wc -l <inside.txt) -eq 2 ]] || fail "expected a look inside on each of two targets: $(cat inside.txt)"
  start=$(date +%s%N)
  profile_two lenet5.onnx >/dev/null
  end=$(date +%s%N)
  [[ $(((end - start) / 1000000)) -lt 2000 ]] || fail "the second run took $(((end - start) / 1000000)) ms"
  cmp series.txt <(series) || fail "the second run measured again"
  cmp inside.txt <(examinations) || fail "the second run looked inside again"
  profile_two lenet5.onnx --again --json >again.json
  contains again.json '"format": "tandem.profile"'
  series >new_series.txt
  examinations >new_inside.txt
  if grep -xFf series.txt new_series.txt; then fail "--again kept what was measured before"; fi
  if grep -xFf inside.txt new_inside.txt; then fail "--again kept a look inside"; fi

  profile_two lenet5.onnx --report page.html >/dev/null
  contains page.html 'lenet5'
  if grep -qiE '(src|href)=.?(https?:)?//' page.html; then fail "the page needs a network"; fi
  profile_two --links-only >links.txt
  contains links.txt '^device → edge +[0-9]'
  if grep -q '^model' links.txt; then fail "--links-only speaks of models: $(cat links.txt)"; fi

  "$tandem" profile export -o profile.json
  TANDEM_STORE=$work/other.db "$tandem" profile import profile.json
  TANDEM_STORE=$work/other.db "$tandem" profile export -o imported.json
  cmp profile.json imported.json || fail "an import changed the profile"
}

# Target and layers of each stage in verified.json that runs any, as the store's series have them.
verified_stages() {
  tr -d ' \n' <verified.json | grep -oE '"target":"[a-z]+","first_layer":[0-9]+,"last_layer":[0-9]+' |
    sed -E 's/"target":"([a-z]+)","first_layer":([0-9]+),"last_layer":([0-9]+)/\1 [[\2,\3]]/' | sort -u
}

case_plans_by_profiles() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  "$tandem" zoo export alexnet5 -o alexnet5.onnx
  start_two 6 --bandwidth 1
  profile_two lenet5.onnx >/dev/null

  # LeNet-5's input takes many round trips on this link, and then a hundredth of one.
  source_is upload probe
  "$tandem" run lenet5.onnx --fleet two.yaml --where 'on 0-12 edge' --runs 5 >/dev/null
  source_is upload transfer
  source_is round_trip probe
  echo 'bandwidth 200' >&9
  echo 'delay 20' >&9
  profile_two --links-only >/dev/null
  source_is upload probe
  "$tandem" run lenet5.onnx --fleet two.yaml --where 'on 0-12 edge' --runs 5 >/dev/null
  source_is upload probe
  source_is round_trip transfer

  "$tandem" plan lenet5.onnx --fleet two.yaml --verify 3 --json >verified.json 2>err.txt
  [[ $(grep -c '"verified_ms": [0-9]' verified.json) -eq 3 ]] || fail "not all were verified: $(cat verified.json)"
  series >timed.txt
  verified_stages >stages.txt
  [[ $(wc -l <stages.txt) -ge 3 ]] || fail "expected two native plans and a split one: $(cat stages.txt)"
  local target layers
  while read -r target layers; do
    [[ $(grep -F "\"target\":\"$target\"" timed.txt | grep -cF "\"layers\":$layers,\"samples_ms\"") -eq 1 ]] ||
      fail "the store has no times of layers $layers on $target"
  done <stages.txt

  "$tandem" plan alexnet5.onnx --fleet two.yaml --json >predicted.json 2>err.txt
  contains predicted.json '"is_predicted": true'
  if grep -q '"is_predicted": false' predicted.json; then fail "AlexNet was never measured"; fi
  for target in device edge; do contains err.txt "'$target': times are predicted from other models"; done
  "$tandem" plan lenet5.onnx --fleet two.yaml --json >measured.json 2>err.txt
  contains measured.json '"is_predicted": false'
  [[ ! -s err.txt ]] || fail "a warning without a cause: $(cat err.txt)"
}

# Another slowdown is another machine: said, and measured anew, while what was known stays.
# A profile of one tensor of lenet5.onnx under three codecs, as if they had been tuned: two with a loss of their own.
write_codecs() { # tensor elements
  local codec rates='' times='' digest
  digest=$("$tandem" plan lenet5.onnx --fleet two.yaml --json | sed -nE 's/^  "model": "([0-9a-f]{64})",/\1/p')
  while read -r loss bytes codec; do
    rates+=$(printf '{"model":"%s","tensor":"%s","data":"test","codec":"%s","description":"%s","measured_at_s":1,
      "elements":%s,"samples":100,"size_bytes":%s,"calibration_loss_points":0,
      "losses":[{"exit":"y","loss_points":%s,"loss_high_points":%s,"disagreement_percent":0}]},' \
      "$digest" "$1" "$codec" "$(printf '%s' "$codec" | od -An -tx1 | tr -d ' \n')" "$2" "$bytes" "$loss" "$loss")
    times+=$(printf '{"model":"%s","target":"edge","machine":"m","engine":"e","tensor":"%s","codec":"%s",
      "encode_ms":0.01,"decode_ms":0.01,"measured_at_s":1},' "$digest" "$1" "$codec")
  done
  printf '{"format":"tandem.profile","version":2,"examinations":[],"stages":[],"links":[],"codec_rates":[%s],"codec_times":[%s]}' \
    "${rates%,}" "${times%,}" >codecs.json
  "$tandem" profile import codecs.json
}

case_plans_with_codecs() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  start_two 6 --bandwidth 1
  profile_two lenet5.onnx >/dev/null
  local tensor to_edge=(lenet5.onnx --fleet two.yaml --where 'on 0-12 edge')
  "$tandem" inspect lenet5.onnx --json >inspect.json
  tensor=$(tr -d ' \n' <inspect.json | sed -nE 's/.*"inputs":\[\{"name":"([^"]*)".*/\1/p')
  write_codecs "$tensor" 784 <<EOF
0 1590 fp16
0.3 805 int8 scale=0.01 zero=128
2 300 jalad bits=3
EOF
  "$tandem" plan "${to_edge[@]}" --json >plan.json
  contains plan.json '"codec": "fp16"'
  "$tandem" plan "${to_edge[@]}" --max-accuracy-loss 0.5 --json >plan.json
  contains plan.json '"codec": "int8 scale=0.01 zero=128"'
  "$tandem" plan "${to_edge[@]}" --max-accuracy-loss 5 --codecs none --json >plan.json
  contains plan.json '"codec": "raw"'
  expect 4 "no tensor has the codec 'png', expected all, none, or of fp16, int8, jalad" \
    "$tandem" plan "${to_edge[@]}" --codecs png
  "$tandem" plan "${to_edge[@]}" --max-accuracy-loss 5 --explain >out.txt
  contains out.txt "^→ +jalad bits=3 +300 B +3\\.06"
  contains out.txt '^ +0\.5 .* as int8 static\)'

  "$tandem" plan "${to_edge[@]}" --max-accuracy-loss 0.5 --verify 2 --json >plan.json
  contains plan.json '"verified_ms": [0-9]'
  contains plan.json '"codec": "int8 scale=0.01 zero=128"'
  "$tandem" run "${to_edge[@]}" --max-accuracy-loss 0.5 --verify --json >run.json
  contains run.json '"codec": "int8 scale=0.01 zero=128"'
  contains run.json '"sent_bytes": 8[0-9][0-9],'
  contains run.json '"decode_ms": [0-9.e-]+'
  "$tandem" run "${to_edge[@]}" >out.txt
  contains out.txt "^plan: .* \\($tensor as fp16\\)"

  "$tandem" extract lenet5.onnx --first 0 --last 12 --quantized-inputs -o quantized.onnx
  "$tandem" inspect quantized.onnx --json >inspect.json
  contains inspect.json "\"$tensor\_uint8\""
  expect 4 'run `tandem codec tune` first' \
    "$tandem" extract lenet5.onnx --first 3 --last 12 --quantized-inputs -o quantized.onnx
}

# From samples to a request that crosses the link in a codec that was fitted for it. The weights have learnt nothing,
# so nothing is lost.
case_tunes_codecs() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  start_two 6 --bandwidth 1
  local tuning=(lenet5.onnx --data fashion-mnist --limit 60)
  "$tandem" codec tune "${tuning[@]}" --fitted-only --fleet two.yaml --json >tune.json
  contains tune.json '"codec": "klevel k=[0-9]+ step=[0-9.e-]+ [0-9a-f]{8}"'
  contains tune.json '"target": "device"'
  contains tune.json '"target": "edge"'
  "$tandem" codec tune "${tuning[@]}" --fitted-only --fleet two.yaml --json >again.json
  cmp tune.json again.json || fail "what the store knows was tuned again"
  "$tandem" codec show "${tuning[@]}" >show.txt
  contains show.txt '≤ 1 points'
  expect 4 "tensor 'nowhere' crosses no cut" "$tandem" codec tune "${tuning[@]}" --pixels symmetric --losses 50 --tensors nowhere

  profile_two lenet5.onnx >/dev/null
  local to_edge=(lenet5.onnx --fleet two.yaml --where 'on 0-12 edge' --max-accuracy-loss 100)
  "$tandem" run "${to_edge[@]}" --codecs klevel --json >run.json
  contains run.json '"codec": "klevel k='
  contains run.json '"sent_bytes": [0-9]{2,3},'
}

case_notices_stale_profiles() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  start_two 6
  profile_two lenet5.onnx >/dev/null
  series >first.txt
  kill -9 "$device"
  start_agent device "127.0.0.1:$device_port" --threads 1 --fleet two.yaml --slowdown 3
  "$tandem" run lenet5.onnx --fleet two.yaml >out.txt 2>err.txt
  contains err.txt "'device': the profile is stale: .*slowdown 6.*slowdown 3"
  for _ in 1 2 3 4 5 6; do # a plan waits a second for the targets' answers, which may be short on a busy machine
    "$tandem" plan lenet5.onnx --fleet two.yaml >out.txt 2>err.txt
    if grep -q stale err.txt; then break; fi
  done
  contains err.txt "'device': the profile is stale: .*slowdown 6.*slowdown 3"
  "$tandem" plan lenet5.onnx --fleet two.yaml --verify 1 >out.txt 2>err.txt
  contains err.txt "'device': the profile is stale: .*slowdown 6.*slowdown 3"
  profile_two lenet5.onnx >table.txt 2>err.txt
  [[ $(grep -c 'slowdown 6.*slowdown 3.*measured again' err.txt) -eq 1 ]] || fail "no word of it: $(cat err.txt)"
  if grep -q "'edge' was measured on" err.txt; then fail "the edge has not changed: $(cat err.txt)"; fi
  series >second.txt
  nothing_lost first.txt second.txt
  contains second.txt 'slowdown3"'
  "$tandem" run lenet5.onnx --fleet two.yaml >out.txt 2>err.txt
  if grep -q stale err.txt; then fail "the profile is fresh: $(cat err.txt)"; fi
}

# kill -9 at any moment loses at most the measurement under way.
case_resumes() {
  local seed=${SEED:-$RANDOM} profile
  echo "seed: $seed (set SEED to repeat)"
  RANDOM=$seed
  "$tandem" zoo export alexnet5 -o alexnet5.onnx
  start_two 6
  : >before.txt
  : >inside_before.txt
  for _ in 1 2 3 4 5; do
    "$tandem" profile alexnet5.onnx --fleet two.yaml --precision 5 --longest 3s >/dev/null 2>&1 &
    profile=$!
    sleep "0.$((RANDOM % 900 + 100))"
    kill -9 "$profile" 2>/dev/null || true
    wait "$profile" 2>/dev/null || true
    series >after.txt
    nothing_lost before.txt after.txt
    examinations >inside_after.txt
    if grep -vxFf inside_after.txt inside_before.txt; then fail "a look inside is lost"; fi
    mv after.txt before.txt
    mv inside_after.txt inside_before.txt
  done
  profile_two alexnet5.onnx >table.txt
  contains table.txt '^alexnet5 +edge +[0-9]'
  series >after.txt
  nothing_lost before.txt after.txt
  profile_two alexnet5.onnx >/dev/null
  cmp after.txt <(series) || fail "it had not come to its end"
}

# Refused in one line, whoever wants to read or to write, and left as it is.
leaves_alone() { # store pattern
  local before
  before=$(sha256sum <"$1")
  expect 3 "^tandem: $1: $2" "$tandem" profile export --store "$1"
  expect 3 "^tandem: $1: $2" "$tandem" profile import profile.json --store "$1"
  expect 3 "^tandem: $1: $2" "$tandem" plan lenet5.onnx --fleet fleet.yaml --store "$1"
  expect 3 "^tandem: $1: $2" "$tandem" profile lenet5.onnx --fleet fleet.yaml --store "$1"
  [[ $(sha256sum <"$1") == "$before" ]] || fail "$1 was changed"
  [[ ! -e $1-wal && ! -e $1-shm && ! -e $1-journal ]] || fail "something lies beside it: $(ls "$1"*)"
}
good_store_with() { # name offset bytes
  cp good.db "$1"
  printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

case_refuses_bad_stores() {
  "$tandem" zoo export lenet5 -o lenet5.onnx
  echo 'targets: [{name: device, tier: device}]' >fleet.yaml
  profile_quickly lenet5.onnx --fleet fleet.yaml --store good.db >/dev/null
  "$tandem" profile export --store good.db -o profile.json
  [[ ! -e good.db-wal ]] || fail "a part of the store is still in its log"
  local size
  size=$(stat -c %s good.db)

  echo 'dear diary' >short.db
  leaves_alone short.db 'not a cost store'
  head -c 20000 lenet5.onnx >garbage.db
  leaves_alone garbage.db 'not a cost store'
  head -c $((size / 4096 / 2 * 4096)) good.db >half.db
  leaves_alone half.db 'the cost store is damaged'
  head -c $((size - 1000)) good.db >torn.db
  leaves_alone torn.db 'the cost store is damaged'
  good_store_with scratched.db 4096 '\xff\xff\xff\xff\xff\xff\xff\xff'
  leaves_alone scratched.db 'the cost store is damaged'
  good_store_with foreign.db 68 'GPKG'
  leaves_alone foreign.db "another program's database"
  good_store_with nameless.db 68 '\x00\x00\x00\x00'
  leaves_alone nameless.db "another program's database"
  good_store_with newer.db 60 '\x00\x00\x00\x09'
  leaves_alone newer.db 'a cost store of version 9, this Tandem reads up to version 5'
  "$tandem" profile export --store good.db -o after.json
  cmp profile.json after.json || fail "the good store has changed"
}

# From a network that has learnt nothing to one that answers in time: trained, its exits asked, planned, run.
case_trains_and_stops_early() {
  local data=(--data fashion-mnist --limit 200)
  "$tandem" zoo export alexnet5 --uint8 -o raw.onnx
  "$tandem" train raw.onnx --data fashion-mnist --limit 200 --epochs 1 -o alexnet5.onnx --json >train.json 2>train.log
  contains train.json '"exit5"'
  [[ ! -e alexnet5.onnx.checkpoint ]] || fail "a checkpoint is left over"
  "$tandem" exits report alexnet5.onnx "${data[@]}" --json >report.json
  for key in test_accuracy_percent temperature share_of_full threshold; do contains report.json "\"$key\": [0-9]"; done
  "$tandem" exits report alexnet5.onnx "${data[@]}" --json >again.json
  cmp report.json again.json || fail "what the store keeps is not what was measured"
  "$tandem" exits report alexnet5.onnx "${data[@]}" >report.txt
  contains report.txt 'exit5 '

  start_agent edge 127.0.0.1:0
  start_link "$port" --bandwidth 50 --delay 1ms
  write_fleet "$port" "$port" "$link_port"
  sed -i '/cloud/d' fleet.yaml
  "$tandem" profile alexnet5.onnx --fleet fleet.yaml --slowdown 20 --precision 20 --longest 300ms >/dev/null
  "$tandem" plan alexnet5.onnx --fleet fleet.yaml --json >plan.json
  contains plan.json '"confidence": "softmax"'
  "$tandem" plan alexnet5.onnx --fleet fleet.yaml --objective latency --json >fastest.json
  contains fastest.json '"exit": "exit1"'
  "$tandem" run alexnet5.onnx --fleet fleet.yaml --slowdown 20 "${data[@]}" --runs 20 --deadline 20s --json >run.json
  contains run.json '"in_time_percent": 100'
  contains run.json '"predicted_share": [0-9]'
  "$tandem" run alexnet5.onnx --fleet fleet.yaml --slowdown 20 "${data[@]}" --runs 5 --deadline 20s --live --json >live.json
  contains live.json '"bandwidth_mbps": [0-9]'
  if "$tandem" run alexnet5.onnx --fleet fleet.yaml --live 2>usage.txt; then fail "--live went without a deadline"; fi
  contains usage.txt 'needs --data and --deadline'
  expect 4 'no folder|not found|nowhere' "$tandem" train raw.onnx --data ./nowhere -o other.onnx
  [[ ! -e other.onnx ]] || fail "a model of nothing was written"
}

# Photos in folders, of red and of green things, ten each.
write_photos() {
  mkdir -p photos/red photos/green
  local number colour
  local red=iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR42mN4piGHBzGMSmNDAEePdTGOgaN9AAAAAElFTkSuQmCC
  local green=iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR42mOQu2SDBzGMSmNDAO2odTEgiSZWAAAAAElFTkSuQmCC
  for number in 0 1 2 3 4 5 6 7 8 9; do
    for colour in red green; do echo "${!colour}" | base64 -d >"photos/$colour/$number.png"; done
  done
}
says_nothing_of_pictures() {
  if grep pictures "$1"; then fail "a warning without a cause"; fi
}
# A model remembers how it takes pictures, and its classes: no flag need say it again, and a wrong one is seen.
case_remembers_pictures() {
  write_photos
  "$tandem" zoo export resnet20 --classes 2 -o raw.onnx
  "$tandem" train raw.onnx --data photos --epochs 4 --batch 4 --threads 1 --pixels unit -o colours.onnx >train.txt 2>train.log
  says_nothing_of_pictures train.log
  "$tandem" inspect colours.onnx >inspect.txt
  contains inspect.txt '^pictures: unit, 32x32, crop, nchw, rgb$'
  contains inspect.txt '^2 classes: green, red$'

  echo 'targets: [{name: device, tier: device}]' >fleet.yaml
  profile_quickly colours.onnx --fleet fleet.yaml >/dev/null
  local running=(colours.onnx --fleet fleet.yaml) colour
  for colour in red green; do
    "$tandem" run "${running[@]}" --input "photos/$colour/1.png" --json >run.json 2>run.err
    says_nothing_of_pictures run.err
    [[ $(grep '"label"' run.json | head -n 1) == *"\"$colour\""* ]] || fail "no $colour: $(grep '"label"' run.json)"
  done
  "$tandem" run "${running[@]}" --input photos/red/1.png --preset imagenet >run.txt 2>run.err
  contains run.err 'colours.onnx says that its pictures are unit, .* say imagenet'
  contains run.txt '%  (red|green)$'
  "$tandem" run "${running[@]}" --data photos --runs 2 --json >data.json 2>run.err
  contains data.json '"right_in_time_percent": 100'
  says_nothing_of_pictures run.err

  "$tandem" exits add colours.onnx --data photos --epochs 1 --loss 50 --batch 4 --threads 1 -o exits.onnx >add.txt 2>add.log
  "$tandem" inspect exits.onnx >inspect.txt
  contains inspect.txt '^pictures: unit, 32x32, crop, nchw, rgb$'
  contains inspect.txt '^2 classes: green, red$'
  "$tandem" exits report exits.onnx --data photos >report.txt 2>report.err
  says_nothing_of_pictures report.err

  profile_quickly raw.onnx --fleet fleet.yaml >/dev/null
  "$tandem" run raw.onnx --fleet fleet.yaml --input photos/red/1.png >run.txt 2>run.err
  contains run.err 'raw.onnx does not say how it takes pictures: symmetric, 32x32'
  [[ $(grep -c pictures run.err) -eq 1 ]] || fail "more than one line: $(cat run.err)"
}

# A network without exits gets some that pay; one that has exits is left alone.
case_adds_exits() {
  "$tandem" zoo export lenet5 -o raw.onnx
  "$tandem" train raw.onnx --data fashion-mnist --limit 2000 --epochs 2 -o lenet5.onnx --json >train.json 2>train.log
  local adding=(lenet5.onnx --data fashion-mnist --limit 1000 --epochs 1 --count 2 --loss 5 -o exits.onnx)
  "$tandem" exits add "${adding[@]}" --json >add.json 2>add.log
  contains add.log '^added [12] of 2 requested exits, after probing [0-9]+ places'
  contains add.log "^  exit1  after '[a-z0-9_]+': [0-9.]+ % of the compute"
  contains add.json '"expected_share_of_full": 0\.[0-9]'
  [[ ! -e exits.onnx.checkpoint ]] || fail "a checkpoint is left over"
  "$tandem" exits report exits.onnx --data fashion-mnist --limit 200 --json >report.json
  contains report.json '"name": "exit1"'
  contains report.json '"name": "predictions"'
  expect 3 'it answers [23] times already \(.*expected a network with one answer' \
    "$tandem" exits add exits.onnx --data fashion-mnist --limit 200 -o more.onnx
  [[ ! -e more.onnx ]] || fail "a model of nothing was written"
  expect 3 'add_exits: count: expected a whole number in \[1, 16\]' \
    "$tandem" exits add lenet5.onnx --data fashion-mnist --count 17 -o more.onnx
}

# Every command takes a network with added exits, and the same with outputs and metadata in any order: exits go by depth.
exits_in() { grep -oE '"name": "(exit[0-9]|predictions)"' "$1" | tr -d '\n'; }
check_every_command() { # model exits-by-depth
  local model=$1 exits=$2 data=(--data fashion-mnist --limit 100)
  profile_two "$model" >/dev/null
  "$tandem" run "$model" --fleet two.yaml "${data[@]}" --runs 5 --json >all.json
  contains all.json '"exit": "predictions"'
  if grep -q '"exit": "exit' all.json; then fail "an exit was taken for the network's own answer: $(cat all.json)"; fi
  "$tandem" exits report "$model" "${data[@]}" --json >report.json
  [[ $(exits_in report.json) == "$exits" ]] || fail "expected $exits, not $(exits_in report.json)"
  "$tandem" codec tune "$model" "${data[@]}" --fitted-only --fleet two.yaml --json >tune.json
  contains tune.json '"codec": "klevel k='
  "$tandem" plan "$model" --fleet two.yaml --objective latency --where 'accuracy >= 1%' --json >plan.json 2>plan.log
  contains plan.json '"exit": "exit1"'
  "$tandem" run "$model" --fleet two.yaml "${data[@]}" --runs 5 --deadline 20s --json >run.json
  contains run.json '"in_time_percent": 100'
  "$tandem" run "$model" --fleet two.yaml --where 'on 0-1 edge' --json >split.json
  contains split.json '"target": "edge"'
  "$tandem" bench "$model" --fleet two.yaml --runs 2 --json >bench.json
  contains bench.json '"median_ms"'
}

case_follows_depth() {
  "$tandem" zoo export lenet5 -o raw.onnx
  "$tandem" train raw.onnx --data fashion-mnist --limit 500 --epochs 1 -o lenet5.onnx >/dev/null 2>train.log
  "$tandem" exits add lenet5.onnx --data fashion-mnist --limit 500 --epochs 1 --count 2 --loss 20 -o added.onnx \
    --json >add.json 2>add.log
  "$(dirname "$tandem")/reverse_outputs" added.onnx reversed.onnx
  start_two 6 --bandwidth 4
  local exits
  "$tandem" exits report added.onnx --data fashion-mnist --limit 100 --json >report.json
  exits=$(exits_in report.json)
  [[ $exits == '"name": "exit1"'*'"name": "predictions"' ]] || fail "the network's own answer is not the last: $exits"
  "$tandem" profile added.onnx --fleet two.yaml --precision 20 --longest 300ms >/dev/null
  "$tandem" plan added.onnx --fleet two.yaml >/dev/null
  check_every_command reversed.onnx "$exits"
  "$tandem" train reversed.onnx --data fashion-mnist --limit 200 --epochs 1 --mode heads -o again.onnx --json \
    >again.json 2>again.log
  [[ $(exits_in again.json) == "$exits" ]] || fail "training takes $(exits_in again.json) for the order of $exits"
}

"case_$2"
