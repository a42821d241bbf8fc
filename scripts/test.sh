#!/usr/bin/env bash
# Sets up, builds the dev preset and runs its tests.
set -euo pipefail

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  cat <<'EOF'
usage: scripts/test.sh [--help] [CTEST ARGUMENTS]

Runs scripts/setup.sh, builds the preset dev in build/dev and runs its tests, but for those with the label long
(ctest --test-dir build/dev -L long).
CTEST ARGUMENTS go to ctest, for example: scripts/test.sh -R MinCut
EOF
  exit
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh
cmake --preset dev
cmake --build --preset dev
ctest --preset dev --no-tests=error "$@"
