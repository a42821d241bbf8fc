#!/usr/bin/env bash
# Holds the codecs to their word that encodings and values are the same on every machine: this one's, with its SIMD
# instructions and without, and on Arm64, built by Debian's cross compiler and run under QEMU.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: scripts/check_arm64.sh [--help] [FOLDER]

Builds tests/codec_digests in FOLDER (default build/arm64) for this machine and for Arm64, runs it, and compares what it
prints. Says "skipped" and succeeds where there is no aarch64-linux-gnu-g++ or qemu-aarch64-static; Debian's packages
g++-aarch64-linux-gnu and qemu-user-static have them.
EOF
}

case ${1:-} in
  -h | --help) usage && exit ;;
  -*) usage >&2 && exit 2 ;;
esac
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-$root/build/arm64}
log=

for tool in cmake aarch64-linux-gnu-g++ qemu-aarch64-static; do
  command -v "$tool" >/dev/null || { echo "skipped: no $tool here (see --help)" && exit; }
done

# Runs COMMAND silently; shows the end of its output if it fails.
quietly() {
  log=$(mktemp)
  "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2 && exit 1; }
  rm -f "$log"
}

# build NAME [CMAKE ARGUMENTS]
build() {
  quietly cmake -S "$root/tests/codec_digests" -B "$folder/$1" "${@:2}"
  quietly cmake --build "$folder/$1"
}

expect_same() {
  cmp -s "$folder/native.txt" "$folder/$1.txt" && return
  echo "check_arm64: $1 differs from native:" >&2
  diff "$folder/native.txt" "$folder/$1.txt" | head -n 20 >&2
  exit 1
}

trap 'rm -f ${log:+"$log"}' EXIT
launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
build native "${launcher[@]}"
build arm64 "${launcher[@]}" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
  -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++

"$folder/native/codec_digests" --fit "$folder"
"$folder/native/codec_digests" "$folder" >"$folder/native.txt"
TANDEM_SIMD=off "$folder/native/codec_digests" "$folder" >"$folder/portable.txt"
qemu-aarch64-static "$folder/arm64/codec_digests" "$folder" >"$folder/arm64.txt"
expect_same portable
expect_same arm64
echo "the same on three paths: $(wc -l <"$folder/native.txt") tensors and codecs"
