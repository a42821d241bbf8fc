#!/usr/bin/env bash
# Without libtorch, GoogleTest and ECharts the program is still there to build, and nothing that needs them is.
# usage: configure_test.sh SOURCE_FOLDER
set -euo pipefail

source=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

cmake -S "$source" -B "$work" -G Ninja -DTANDEM_TRAINING=OFF -DTANDEM_CHARTS=OFF -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON \
  >"$work/log" 2>&1 || fail "it does not configure: $(cat "$work/log")"
grep -q 'charts OFF, tandem-train OFF, tests, bench and experiments OFF' "$work/log" || fail "it left out: $(cat "$work/log")"
ninja -C "$work" -n tandem >/dev/null || fail "tandem cannot be built"
if ninja -C "$work" -t targets all | grep -E '(_test|_bench|/edgent):'; then fail "these need what is missing"; fi
if ninja -C "$work" tandem-train >"$work/log" 2>&1; then fail "tandem-train was built without libtorch"; fi
grep -q 'needs libtorch: run scripts/setup.sh' "$work/log" || fail "tandem-train does not say what it needs: $(cat "$work/log")"
