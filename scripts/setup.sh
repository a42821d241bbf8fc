#!/usr/bin/env bash
# Installs what Tandem needs to be built, tested and demonstrated on Debian 12 or later (x86-64, Arm64).
# Run it as often as you like: what is there already is left alone.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: scripts/setup.sh [--run | --demo | --help]

Installs the Debian packages that Tandem is built, tested and trained with, and two libraries that Debian 12 does not have.
  --run    only what the program tandem is built with and needs to run
  --demo   the same, and what scripts/demo.sh shows it with

ONNX Runtime: the library from the npm package onnxruntime-node (pinned by scripts/onnxruntime/package-lock.json),
the headers from Debian's libonnxruntime-dev (suite trixie; the system's package sources stay as they are).
Apache ECharts, which draws the charts of reports: from npm (pinned by scripts/echarts/package-lock.json).
Needs root only when something is missing. A second run takes a second.

environment:
  TANDEM_DEPS        where these two go (default /opt/tandem)
  onnxruntime_ROOT   an ONNX Runtime of your own, with include/ and lib/: used as it is, nothing is fetched
                     (nor is it when Debian's libonnxruntime-dev is installed)
EOF
}

to_run=(
  g++ cmake ninja-build pkg-config ca-certificates
  libonnx-dev libprotobuf-dev protobuf-compiler
  libgrpc++-dev libgrpc-dev protobuf-compiler-grpc libssl-dev
  libsqlitecpp-dev libsqlite3-dev libyaml-cpp-dev nlohmann-json3-dev libeigen3-dev libboost-dev
  libcli11-dev libspdlog-dev libfmt-dev
  libjpeg62-turbo-dev libpng-dev zlib1g-dev libzstd-dev liblz4-dev
)
to_demonstrate=(
  dataset-fashion-mnist # the test pictures; also for tests of training
  jq # for its table
)
to_develop=(
  lld git ccache clang-format
  librsvg2-2 fonts-dejavu-core # for pictures of plans as PNG: loaded when wanted, not built with
  libtorch-dev libopenblas0-pthread # its matrix products are ten times slower with the reference BLAS
  libgtest-dev libgmock-dev libboost-graph-dev
  chromium-headless-shell # for the test that opens a report in a browser
  python3 # for attacks on agents by raw frames, and prices from their page
  sqlite3 # for the commands of docs/formats.md, which a test runs
)
headers_suite=trixie
debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
default_mirror=http://deb.debian.org/debian

script=$(readlink -f "${BASH_SOURCE[0]}")
scripts=$(dirname "$script")
pinned_version() { sed -n "s/.*\"$2\": \"\([0-9.]*\)\".*/\1/p" "$scripts/$1/package.json"; }
declare -A titles=([onnxruntime]="ONNX Runtime" [echarts]="Apache ECharts")
declare -A versions=([onnxruntime]=$(pinned_version onnxruntime onnxruntime-node) [echarts]=$(pinned_version echarts echarts))
deps=${TANDEM_DEPS:-/opt/tandem}
temporary=
option=

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# Runs COMMAND silently. If it fails, shows the end of its output and keeps the rest.
quietly() {
  local log status=0
  log=$(mktemp "${TMPDIR:-/tmp}/tandem-setup.XXXXXX.log")
  "$@" >"$log" 2>&1 || status=$?
  if [[ $status -eq 0 ]]; then
    rm -f "$log"
  else
    tail -n 30 "$log" >&2
    say "the whole output is in $log" >&2
  fi
  return "$status"
}

is_installed() { [[ " $(dpkg-query -W -f='${db:Status-Status} ' "$1" 2>/dev/null)" == *" installed "* ]]; }

missing_packages() {
  local package
  for package in "$@"; do
    is_installed "$package" || printf '%s\n' "$package"
  done
}

# Whether FOLDER holds ONNX Runtime's headers and its library.
holds_onnxruntime() {
  local root=$1
  compgen -G "$root/include/onnxruntime_c_api.h" >/dev/null ||
    compgen -G "$root/include/onnxruntime/onnxruntime_c_api.h" >/dev/null || return 1
  compgen -G "$root/lib*/libonnxruntime.so" >/dev/null || compgen -G "$root/lib/*/libonnxruntime.so" >/dev/null
}

holds_echarts() { [[ -s $1/echarts.min.js && -s $1/LICENSE && -s $1/NOTICE ]]; }

# Whether NAME is there, in the version that is pinned.
is_fetched() {
  "holds_$1" "$deps/$1-${versions[$1]}" && [[ $(readlink "$deps/$1") == "$1-${versions[$1]}" ]]
}

# Whether there is nothing to fetch.
has_echarts() { is_fetched echarts; }
has_onnxruntime() {
  if [[ -n ${onnxruntime_ROOT:-} ]]; then
    holds_onnxruntime "$onnxruntime_ROOT" ||
      fail "onnxruntime_ROOT=$onnxruntime_ROOT lacks include/onnxruntime/onnxruntime_c_api.h or lib/libonnxruntime.so"
    return 0
  fi
  is_installed libonnxruntime-dev || is_fetched onnxruntime
}

ask_for_root() {
  local command
  command="bash $(printf %q "$script")${option:+ $option}"
  if [[ -n ${TANDEM_DEPS:-} ]]; then command="env TANDEM_DEPS=$(printf %q "$TANDEM_DEPS") $command"; fi
  if command -v sudo >/dev/null; then command="sudo $command"; fi
  fail "missing: $*
setup: installing needs root. Run this as root, then start again:
  $command"
}

# What apt-get reports on its progress becomes two lines: "downloading: 10 20 … 100 %", and the same for installing.
show_progress() {
  awk -F: '
    { phase = $1 == "dlstatus" ? "downloading" : "installing" }
    phase != shown { printf "%ssetup: %s:", shown ? " %\n" : "", phase; shown = phase; next_tenth = 10 }
    $3 >= next_tenth { next_tenth = int($3 / 10) * 10; printf " %d", next_tenth; next_tenth += 10 }
    { fflush() }
    END { if (shown) print " %" }'
}

install_packages() {
  say "installing $# Debian packages and what they need: $*"
  export DEBIAN_FRONTEND=noninteractive
  quietly apt-get update || say "some package lists could not be fetched; going on with those at hand"
  quietly apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
    -o APT::Keep-Downloaded-Packages=false -o APT::Status-Fd=5 "$@" 5>&1 >/dev/null | show_progress || fail "apt-get could not install the packages above"
}

# The mirrors that the system's own sources name, then Debian's default.
debian_mirrors() {
  {
    apt-get update --print-uris 2>/dev/null |
      sed -nE "s#^'((https?|mirror\+(file|https?)):[^']*/debian(\.list)?)/dists/.*#\1#p"
    printf '%s\n' "$default_mirror"
  } | awk '!seen[$0]++'
}

# Runs apt-get with sources, state and cache of its own in FOLDER.
private_apt() {
  local folder=$1
  shift
  apt-get -qq -o Dir::Etc::sourcelist="$folder/debian.sources" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State="$folder/state" -o Dir::State::status="$folder/state/status" -o Dir::Cache="$folder/cache" \
    -o APT::Update::Error-Mode=any "$@"
}

download_headers_package() {
  local folder=$1 mirror=$2
  mkdir -p "$folder"/{state/lists/partial,cache/archives/partial,package}
  chmod -R a+rX "$folder"
  if id _apt >/dev/null 2>&1; then chown _apt "$folder/package"; fi
  : >"$folder/state/status"
  cat >"$folder/debian.sources" <<EOF
Types: deb
URIs: $mirror
Suites: $headers_suite
Components: main
Targets: Packages
Signed-By: $debian_keyring
EOF
  private_apt "$folder" update && (cd "$folder/package" && private_apt "$folder" download libonnxruntime-dev)
}

make_onnxruntime_headers() {
  local mirror folder
  while read -r mirror; do
    folder=$(mktemp -d "$temporary/apt.XXXX")
    if quietly download_headers_package "$folder" "$mirror"; then
      mkdir "$temporary/unpacked"
      dpkg-deb -x "$folder"/package/libonnxruntime-dev_*.deb "$temporary/unpacked"
      cp -r "$temporary/unpacked/usr/include" "$temporary/result/include"
      return
    fi
    say "no libonnxruntime-dev of suite $headers_suite from $mirror"
  done < <(debian_mirrors)
  fail "ONNX Runtime's headers could not be fetched; install libonnxruntime-dev, or set onnxruntime_ROOT"
}

# Puts the packages that NAME's lock file pins into $temporary/npm/node_modules.
fetch_from_npm() {
  mkdir "$temporary/npm"
  cp "$scripts/$1"/package{,-lock}.json "$temporary/npm"
  local logs
  logs=$(mktemp -d "${TMPDIR:-/tmp}/tandem-npm.XXXXXX")
  quietly npm ci --prefix "$temporary/npm" --cache "$temporary/npm-cache" --logs-dir "$logs" --ignore-scripts --no-audit \
    --no-fund --no-update-notifier || fail "npm could not install ${titles[$1]} ${versions[$1]}; its logs are in $logs"
  rm -r "$logs"
}

make_onnxruntime() {
  local machine
  case $(uname -m) in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) fail "no ONNX Runtime library for $(uname -m): build one, and set onnxruntime_ROOT to its folder" ;;
  esac
  make_onnxruntime_headers
  fetch_from_npm onnxruntime
  mkdir "$temporary/result/lib"
  cp "$temporary/npm/node_modules/onnxruntime-node/bin/napi-v6/linux/$machine/libonnxruntime.so.1" \
    "$temporary/result/lib"
  ln -s libonnxruntime.so.1 "$temporary/result/lib/libonnxruntime.so"
}

make_echarts() {
  fetch_from_npm echarts
  cp -r "$temporary"/npm/node_modules/echarts/{dist/echarts.min.js,LICENSE,NOTICE,licenses} "$temporary/result"
}

# Everything is made in a folder beside the destination, then renamed: there is never half a library.
install_fetched() {
  local name=$1 folder=$1-${versions[$1]}
  if [[ -e $deps/$name && ! -L $deps/$name ]]; then
    fail "$deps/$name is in the way: remove it, it becomes a link to $folder"
  fi
  say "installing ${titles[$name]} ${versions[$name]} to $deps/$folder"
  temporary=$(mktemp -d "$deps/.setup.XXXXXX")
  chmod 755 "$temporary" # apt fetches and verifies as a user of its own
  mkdir "$temporary/result"
  "make_$name"
  "holds_$name" "$temporary/result" || fail "the packages fetched lack files of ${titles[$name]}"
  if [[ -e $deps/$folder ]]; then mv -T "$deps/$folder" "$temporary/old"; fi
  mv -T "$temporary/result" "$deps/$folder"
  ln -s "$folder" "$temporary/link"
  mv -T "$temporary/link" "$deps/$name"
  rm -rf -- "$temporary"
}

main() {
  option=${1:-}
  local packages=("${to_run[@]}")
  case $option in
    '') packages+=("${to_demonstrate[@]}" "${to_develop[@]}") ;;
    --run) ;;
    --demo) packages+=("${to_demonstrate[@]}") ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  command -v apt-get dpkg-query >/dev/null || fail "needs Debian 12 or later (no apt-get here)"
  trap 'rm -rf -- ${temporary:+"$temporary"}' EXIT

  local name missing fetch=() wanted=()
  for name in onnxruntime echarts; do
    "has_$name" || { fetch+=("$name") && wanted+=("${titles[$name]} ${versions[$name]}"); }
  done
  if [[ ${#fetch[@]} -gt 0 ]] && ! command -v npm >/dev/null; then packages+=(nodejs npm); fi
  mapfile -t missing < <(missing_packages "${packages[@]}")

  if [[ $((${#missing[@]} + ${#fetch[@]})) -gt 0 && $EUID -ne 0 ]]; then ask_for_root "${missing[@]}" "${wanted[@]}"; fi
  if [[ ${#missing[@]} -gt 0 ]]; then install_packages "${missing[@]}"; fi
  if [[ ${#fetch[@]} -gt 0 ]]; then
    mkdir -p "$deps"
    exec 9<"$deps"
    flock 9 # another run may be at it
    for name in "${fetch[@]}"; do "has_$name" || install_fetched "$name"; done
  fi
  say "all is in place"
}

main "$@"
