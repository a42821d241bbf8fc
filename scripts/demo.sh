#!/usr/bin/env bash
# Tandem's main job on real input: a device, an edge and a cloud agent on loopback, joined by emulated links.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: scripts/demo.sh [--help]

Sets up (scripts/setup.sh), builds the release preset, and starts three agents as processes on loopback: a device and an edge
slowed down, and a cloud, joined by emulated links. Profiles ResNet-50 and MobileNetV2 on all three, then for four link speeds
plans, runs the plan and the native plans in turn on a photograph, compares the answer with that of the whole model in one
process, and prints a table. Then the same for AlexNet with five exits, trained on Fashion-MNIST (models/): for each deadline and
link speed the most accurate answer in time, on pictures that it was not trained on. Takes about twelve minutes after the build,
most of them at 1 Mbit/s.

environment: TANDEM_DEMO_RUNS      requests per plan and link speed (default 9)
             TANDEM_DEMO_REQUESTS  requests per deadline and link speed (default 200)
EOF
}
if [[ ${1:-} == -h || ${1:-} == --help ]]; then usage; exit; fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target tandem

tandem=$PWD/build/release/tandem
photo=/usr/share/matplotlib/mpl-data/sample_data/grace_hopper.jpg
runs=${TANDEM_DEMO_RUNS:-9}
exits_model=$PWD/models/alexnet5-fashion-mnist.onnx
requests=${TANDEM_DEMO_REQUESTS:-200}
work=$(mktemp -d)
processes=()
stop_all() {
  if ((${#processes[@]})); then kill "${processes[@]}" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap stop_all EXIT
export TANDEM_STORE=$work/costs.db TANDEM_CACHE=$work/weights

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
pick_ports() {
  local port
  ports=()
  for ((port = 20000 + RANDOM % 20000; ${#ports[@]} < 6; port++)); do
    if is_free "$port"; then ports+=("$port"); fi
  done
}
pick_ports

cat >"$work/fleet.yaml" <<EOF
targets:
  - {name: device, tier: device, address: "127.0.0.1:${ports[0]}"}
  - {name: edge, tier: edge, address: "127.0.0.1:${ports[1]}"}
  - {name: cloud, tier: cloud, address: "127.0.0.1:${ports[2]}"}
links:
  - {from: device, to: edge, via: "127.0.0.1:${ports[3]}"}
  - {from: device, to: cloud, via: "127.0.0.1:${ports[4]}"}
  - {from: edge, to: cloud, via: "127.0.0.1:${ports[5]}"}
EOF

start_agent() { # name port slowdown
  "$tandem" agent --listen "127.0.0.1:$2" --name "$1" --fleet "$work/fleet.yaml" --threads 1 --slowdown "$3" </dev/null >"$work/$1.log" 2>&1 &
  processes+=($!)
}
start_link() { # name port target-port: obeys what is written to $work/NAME.commands
  mkfifo "$work/$1.commands"
  "$tandem" link --listen "127.0.0.1:$2" --to "127.0.0.1:$3" <"$work/$1.commands" >"$work/$1.log" 2>&1 &
  processes+=($!)
}
await_log() { # name
  for _ in $(seq 100); do
    if [[ -s $work/$1.log ]]; then return; fi
    sleep 0.1
  done
  echo "demo: $1 did not start" >&2
  exit 1
}

start_agent device "${ports[0]}" 10
start_agent edge "${ports[1]}" 3
start_agent cloud "${ports[2]}" 1
start_link device-edge "${ports[3]}" "${ports[1]}"
exec 10>"$work/device-edge.commands"
start_link device-cloud "${ports[4]}" "${ports[2]}"
exec 11>"$work/device-cloud.commands"
start_link edge-cloud "${ports[5]}" "${ports[2]}"
exec 12>"$work/edge-cloud.commands"
for name in device edge cloud device-edge device-cloud edge-cloud; do await_log "$name"; done
printf 'bandwidth 200\ndelay 5\n' >&12

fleet=(--fleet "$work/fleet.yaml")
set_links() { # Mbit/s and one-way delay of the device's links; the cloud is 15 ms further away
  printf 'bandwidth %s\ndelay %s\n' "$1" "$2" >&10
  printf 'bandwidth %s\ndelay %s\n' "$1" "$(($2 + 15))" >&11
  sleep 0.3
}

for model in resnet50 mobilenetv2; do
  "$tandem" zoo export "$model" -o "$work/$model.onnx"
  echo
  echo "Profiling $model on the device (slowed down 10 times), the edge (3 times) and the cloud, one thread each"
  set_links 1000 1
  "$tandem" profile "$work/$model.onnx" "${fleet[@]}"
done

row='%-12s %-20s %-38s %10s %10s %12s  %s\n'
{
  # shellcheck disable=SC2059
  printf "$row" model "device's link" "chosen plan (layers)" predicted measured difference "native plans, measured ms"
  for model in resnet50 mobilenetv2; do
    for speed in "1 20" "10 10" "50 5" "300 2"; do
      read -r mbps delay <<<"$speed"
      set_links "$mbps" "$delay"
      "$tandem" profile "$work/$model.onnx" "${fleet[@]}" --links-only >/dev/null
      "$tandem" plan "$work/$model.onnx" "${fleet[@]}" -o "$work/plan.json" >/dev/null
      "$tandem" run "$work/$model.onnx" "${fleet[@]}" --plan "$work/plan.json" --input "$photo" --verify --json >"$work/run.json"
      "$tandem" bench "$work/$model.onnx" "${fleet[@]}" --plan "$work/plan.json" --input "$photo" --runs "$runs" --json >"$work/bench.json"
      # shellcheck disable=SC2059
      printf "$row" "$model" "$mbps Mbit/s, $((2 * delay)) ms" "$(jq -r '.plan.summary' "$work/run.json")" \
        "$(jq -r '.plans[0].predicted_ms * 10 | round / 10' "$work/bench.json")" \
        "$(jq -r '.plans[0].median_ms * 10 | round / 10' "$work/bench.json")" \
        "$(jq -r '.max_relative_difference' "$work/run.json")" \
        "$(jq -r '[.plans[] | select(.plan.is_native) | (.plan.summary | sub("all on "; "")) + " " + (.median_ms * 10 | round / 10 | tostring)] | join(", ")' "$work/bench.json")"
    done
  done
} | tee "$work/table.txt"
echo
echo "measured: median of $runs requests from here, over the device; difference: largest relative difference from the whole model in one process."
echo "The input crosses a link as what the model takes, a float32 tensor of 602 KB."

echo
echo "AlexNet with five exits, trained on Fashion-MNIST: what each exit is worth on pictures that it was not trained on"
set_links 1000 1
"$tandem" profile "$exits_model" "${fleet[@]}" >/dev/null
"$tandem" exits report "$exits_model" --data fashion-mnist
echo
row='%-20s %9s %-52s %10s %10s %9s %9s\n'
{
  # shellcheck disable=SC2059
  printf "$row" "device's link" deadline "chosen plan (layers)" predicted measured "in time" right
  for speed in "1 20" "50 5" "300 2"; do
    read -r mbps delay <<<"$speed"
    set_links "$mbps" "$delay"
    "$tandem" profile "$exits_model" "${fleet[@]}" --links-only >/dev/null
    for deadline in 8ms 16ms 40ms; do
      "$tandem" run "$exits_model" "${fleet[@]}" --data fashion-mnist --runs "$requests" --deadline "$deadline" --json \
        >"$work/run.json" 2>"$work/run.log" || cat "$work/run.log"
      # shellcheck disable=SC2059
      printf "$row" "$mbps Mbit/s, $((2 * delay)) ms" "$deadline" "$(jq -r '.plan.summary' "$work/run.json")" \
        "$(jq -r '.predicted_ms * 10 | round / 10' "$work/run.json")" \
        "$(jq -r '.latency_ms | sort | if length == 0 then "none" else .[length / 2 | floor] * 10 | round / 10 end' "$work/run.json")" \
        "$(jq -r '.in_time_percent' "$work/run.json") %" "$(jq -r '.right_in_time_percent' "$work/run.json") %"
    done
  done
} | tee "$work/exits.txt"
echo
echo "$requests requests each: measured: their median; right: and in time. The input crosses a link as uint8, 3 KB."
