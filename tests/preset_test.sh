#!/usr/bin/env bash
# A preset that is documented can be configured and built.
# usage: preset_test.sh PRESET FOLDER: the build goes to FOLDER/PRESET and stays there for the next run
set -euo pipefail
preset=$1
folder=$2/$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ $preset == tidy ]] && ! command -v clang-tidy >/dev/null; then
  echo "skipped: no clang-tidy here"
  exit 77
fi
cmake --preset "$preset" -B "$folder"
nice cmake --build "$folder" --parallel 2
