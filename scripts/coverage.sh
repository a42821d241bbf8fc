#!/usr/bin/env bash
# Lines of src/ that the tests run, by folder.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: scripts/coverage.sh [--help] [--only-report] [--missing FOLDER] [CTEST ARGUMENTS]

Builds the preset coverage in build/coverage, runs its tests, and prints a table: for each folder of src/, its lines,
the lines that ran, and their share. Sources of tests are not counted; a line of a header counts once, however many
files include it. A process killed by SIGKILL leaves no data.

  --only-report      no build and no tests: what the tests have run since the last build
  --missing FOLDER   lists the lines that did not run of src/FOLDER as file:line, after the table
  CTEST ARGUMENTS    go to ctest, for example: scripts/coverage.sh -R Plan

Needs gcovr (Debian: apt-get install gcovr), and what scripts/setup.sh installs.
EOF
}

is_report_only=false
folder=
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage && exit ;;
    --only-report) is_report_only=true && shift ;;
    --missing)
      [[ $# -ge 2 ]] || { usage >&2 && exit 2; }
      folder=$2 && shift 2
      ;;
    *) break ;;
  esac
done
command -v gcovr >/dev/null || { echo "scripts/coverage.sh: no gcovr here; apt-get install gcovr" >&2 && exit 4; }

cd "$(dirname "${BASH_SOURCE[0]}")/.."
status=0
if [[ $is_report_only == false ]]; then
  cmake --preset coverage
  cmake --build --preset coverage
  find build/coverage -name '*.gcda' -delete
  ctest --preset coverage --no-tests=error "$@" || status=$?
fi

rm -f build/coverage/CMakeFiles/*/CompilerId*/*.gcno  # CMake's own program
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
# Headers that only tests include are tests too.
gcovr -j "$(nproc)" --root . --object-directory build/coverage --filter 'src/' \
  --exclude '.*_test\.cpp$' --exclude '.*/test_[^/]*$' --exclude '.*/(testing|brute_force)[^/]*$' \
  --exclude 'src/.*/sample_[^/]*$' \
  --csv "$report/lines.csv" --sonarqube "$report/lines.xml" build/coverage >/dev/null
awk -F, '
  NR > 1 {
    folder = $1
    sub(/^src\//, "", folder)
    sub(/\/[^\/]*$/, "", folder)
    lines[folder] += $2
    covered[folder] += $3
    all += $2
    all_covered += $3
  }
  function row(name, lines, covered) {
    return sprintf("%-20s %7d %7d %6.1f %%", name, lines, covered, 100 * covered / lines)
  }
  END {
    printf "%-20s %7s %7s %8s\n", "folder", "lines", "run", "share"
    for (name in lines) print row(name, lines[name], covered[name]) | "sort"
    close("sort")
    print row("all", all, all_covered)
  }' "$report/lines.csv"
if [[ -n $folder ]]; then
  awk -F'"' -v prefix="src/$folder/" '
    /<file path/ { file = $2 }
    /covered="false"/ && index(file, prefix) == 1 { print file ":" $2 }' "$report/lines.xml"
fi
exit "$status"
