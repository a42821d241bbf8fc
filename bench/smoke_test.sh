#!/usr/bin/env bash
# Each benchmark and experiment starts and prints its figures, on small inputs: what is not run rots.
# usage: smoke_test.sh FOLDER_OF_PROGRAMS CASE
set -euo pipefail

programs=$1
script=$(realpath "${BASH_SOURCE[0]}")
models=$(dirname "$script")/../models
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TANDEM_STORE=$work/costs.db TANDEM_CACHE=$work/weights
cd "$work"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
# The program must end well, and print every key.
prints() { # keys program arguments…
  local keys=$1 key
  shift
  "$programs/$1" "${@:2}" >out.txt 2>err.txt || fail "'$*' exited with $?: $(cat err.txt)"
  for key in $keys; do grep -q -- "$key" out.txt || fail "'$*' printed no '$key': $(head -c 2000 out.txt)"; done
}
tandem() { "$programs/tandem" "$@" >/dev/null 2>err.txt || fail "tandem $*: $(cat err.txt)"; }
export_models() {
  tandem zoo export lenet5 -o lenet5.onnx
  tandem zoo export lenet5 --classes 7 -o lenet7.onnx
}

case_link_bench() {
  prints '"ratio"' link_bench --bandwidth 100 --repetitions 1 --json
  prints 'Mbit/s' link_bench --bandwidth 100 --repetitions 1
}
case_packets_bench() { # says so where network namespaces are not allowed
  prints '' packets_bench --only accuracy --repetitions 1 --json
  grep -q '"late_p95_ms"\|"skipped"' out.txt || fail "no delays: $(cat out.txt)"
  prints 'speed\|skipped' packets_bench --only speed --repetitions 1
}
case_hop_bench() { prints '"paired_ratio_p50"' hop_bench --rounds 1 --json; }
case_branches_bench() {
  prints '"parallel_predicted_ms" "ratio"' branches_bench --networks lenet5 --runs 2 --longest 0.05 --json
}
case_bypass_bench() {
  prints '"bypass_predicted_ms" "ratio"' bypass_bench --mbps 100 --runs 2 --longest 0.05 --json
}
case_replicas_bench() {
  prints '"predicted_period_ms" "period_ms"' replicas_bench --network lenet5 --replicas 1,2 --requests 8 --longest 0.05 --json
}
case_pipeline_bench() { prints '"ratio"' pipeline_bench --model lenet5 --runs 1 --json; }
case_memory_bench() { prints '"ratio"' memory_bench --model lenet5 --json; }
case_codec_bench() {
  prints 'quantizer_gb_per_s encode_mb_per_s' codec_bench --runs 1 --json
  prints '"times_faster_than_raw"' codec_bench --link 1000 --runs 1 --json
}
case_prediction_bench() {
  prints 'lenet5 all' prediction_bench --networks lenet5 --plans 2 --plan-time 0.01 --longest 0.05 --json rows.json
  grep -q '"predicted_ms"' rows.json || fail "rows.json has no predictions"
}
case_bias_bench() {
  prints 'lenet5' bias_bench --networks lenet5 --cuts 1 --runs 5 --longest 0.05 --json rows.json
  grep -q '"bias_percent"' rows.json || fail "rows.json has no bias"
}
case_regret_bench() {
  prints 'lenet5 regret:' regret_bench --networks lenet5 --bandwidths 100 --verify 1 --longest 0.05 --json rows.json
  grep -q '"regret"' rows.json || fail "rows.json has no regret"
}
case_exit_bench() {
  prints 'goes.on.here' exit_bench "$models/alexnet5-fashion-mnist.onnx" --runs 2 --longest 0.05 --json rows.json
  grep -q '"deciding_ms"' rows.json || fail "rows.json has no costs"
}
case_regression_bench() {
  export_models
  echo 'targets: [{name: device, tier: device}]' >fleet.yaml
  tandem profile lenet5.onnx lenet7.onnx --fleet fleet.yaml --precision 50 --longest 50ms
  prints '"kernel_error_median"' regression_bench costs.db lenet5.onnx --json
  prints "Edgent's" regression_bench costs.db lenet5.onnx
}
case_overhead_bench() {
  export_models
  prints '"ratio_of_medians"' overhead_bench lenet5.onnx --runs 1 --json
}
case_plan_bench() { prints '"median_us"' plan_bench --runs 1 --json; }
case_cluster_bench() {
  prints '"order_loss"' cluster_bench --layers 8 --json
  prints 'in order' cluster_bench --layers 8 --only latency
}
case_parallel_bench() { prints '"ratio"' parallel_bench --networks lenet5 --mbps 100 --slowdowns 1 --json; }
case_bypass_plan_bench() { prints '"tensors"' bypass_plan_bench --networks lenet5 --json; }
case_question_bench() {
  prints '"is_proven"' question_bench --networks lenet5 --json
  prints 'proven in 1 s' question_bench --networks lenet5 --only throughput
}
case_workload_bench() {
  prints '"baseline_cpu_s"' workload_bench --only bert24 --json
  prints 'bert24' workload_bench --only bert24 --baseline-seconds 0
}
case_reference_bench() {
  mkdir none
  prints '"cases": 0' reference_bench none --json
}
case_train_bench() { prints '"tandem_images_per_second"' train_bench --batch 2 --steps 1 --runs 1 --json; }
case_resume_bench() {
  NETWORK=lenet5 PRECISION=50 LONGEST=50ms bash "$(dirname "$script")/resume_bench.sh" "$programs/tandem" 1 \
    >out.txt 2>err.txt || fail "resume_bench.sh exited with $?: $(cat err.txt)"
  grep -q '"samples_lost": 0' out.txt || fail "samples are lost: $(cat out.txt)"
}
case_edgent() {
  prints 'predicted against measured' edgent --model "$models/alexnet5-fashion-mnist.onnx" --limit 200 --bandwidths 10 \
    --deadlines 1000 --device-ms 1 --edge-ms 1 --seconds 0.01 --longest 0.05 --requests 3 --json report.json \
    --html page.html
  grep -q '"tightest"' report.json || fail "report.json has no deadlines"
  grep -q '<html' page.html || fail "page.html is no page"
}
case_jalad() {
  local model=$models/alexnet5-fashion-mnist.onnx tensor
  tensor=$("$programs/tandem" inspect "$model" --json | jq -r '[.cuts[].tensors | select(length == 1)][0][0]')
  prints 'bits' jalad "$model" --limit 20 --tensors "$tensor" --losses 1 --bandwidths 1 \
    --json report.json --html page.html
  grep -q '"latency"' report.json || fail "report.json has no latencies"
  grep -q '<html' page.html || fail "page.html is no page"
}

"case_$2"
