#!/usr/bin/env bash
# Fails if a C++ file is not laid out as .clang-format says. --fix lays them out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
  '') mode=(--dry-run -Werror) ;;
  --fix) mode=(-i) ;;
  -h | --help) echo "usage: scripts/check_format.sh [--fix]" && exit ;;
  *) echo "usage: scripts/check_format.sh [--fix]" >&2 && exit 2 ;;
esac

# Versions differ in detail: Debian 12's decides, where it is installed.
clang_format=$(command -v clang-format-14 || command -v clang-format)
git ls-files -z '*.h' '*.cpp' | xargs -0 -r "$clang_format" "${mode[@]}"
echo "format: $(git ls-files '*.h' '*.cpp' | wc -l) files fine"
