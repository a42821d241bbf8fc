#!/usr/bin/env bash
# Installs what Tandem needs to be built, tested and demonstrated on Debian 12 or later (x86-64, Arm64).
# Run it as often as you like: what is there already is left alone.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: scripts/setup.sh [--help]

Installs the Debian packages that Tandem builds with, and ONNX Runtime:
its library from the npm package onnxruntime-node (pinned by scripts/onnxruntime/package-lock.json),
its headers from Debian's libonnxruntime-dev (suite trixie; the system's package sources stay as they are).
Needs root only when something is missing. A second run takes a second.

environment:
  TANDEM_DEPS        where ONNX Runtime goes (default /opt/tandem)
  onnxruntime_ROOT   an ONNX Runtime of your own, with include/ and lib/: used as it is, nothing is fetched
                     (nor is it when Debian's libonnxruntime-dev is installed)
EOF
}

packages=(
  g++ cmake ninja-build pkg-config git ca-certificates ccache clang-format
  libonnx-dev libprotobuf-dev protobuf-compiler
  libgrpc++-dev libgrpc-dev protobuf-compiler-grpc libssl-dev
  libsqlitecpp-dev libsqlite3-dev libyaml-cpp-dev nlohmann-json3-dev
  libcli11-dev libspdlog-dev libfmt-dev
  libjpeg62-turbo-dev libpng-dev zlib1g-dev
  libgtest-dev libgmock-dev libbenchmark-dev libboost-graph-dev
  jq # for the table of the demo
  python-matplotlib-data # for the photo of the demo: /usr/share/matplotlib/mpl-data/sample_data/grace_hopper.jpg
)
headers_suite=trixie
debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
default_mirror=http://deb.debian.org/debian

script=$(readlink -f "${BASH_SOURCE[0]}")
lock_folder=$(dirname "$script")/onnxruntime
version=$(sed -n 's/.*"onnxruntime-node": "\([0-9.]*\)".*/\1/p' "$lock_folder/package.json")
deps=${TANDEM_DEPS:-/opt/tandem}
destination=$deps/onnxruntime-$version
temporary=
log=

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# Runs COMMAND silently; shows the end of its output if it fails.
quietly() {
  local status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  if [[ $status -ne 0 ]]; then tail -n 30 "$log" >&2; fi
  rm -f "$log"
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

# Whether there is nothing to fetch.
has_onnxruntime() {
  if [[ -n ${onnxruntime_ROOT:-} ]]; then
    holds_onnxruntime "$onnxruntime_ROOT" ||
      fail "onnxruntime_ROOT=$onnxruntime_ROOT lacks include/onnxruntime/onnxruntime_c_api.h or lib/libonnxruntime.so"
    return 0
  fi
  is_installed libonnxruntime-dev ||
    { holds_onnxruntime "$destination" && [[ $(readlink "$deps/onnxruntime") == "onnxruntime-$version" ]]; }
}

ask_for_root() {
  local command
  command="bash $(printf %q "$script")"
  if [[ -n ${TANDEM_DEPS:-} ]]; then command="env TANDEM_DEPS=$(printf %q "$TANDEM_DEPS") $command"; fi
  if command -v sudo >/dev/null; then command="sudo $command"; fi
  fail "missing: $*
setup: installing needs root. Run this as root, then start again:
  $command"
}

install_packages() {
  say "installing $# Debian packages and what they need: $*"
  export DEBIAN_FRONTEND=noninteractive
  quietly apt-get update || say "some package lists could not be fetched; going on with those at hand"
  quietly apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" ||
    fail "apt-get could not install the packages above"
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

install_headers() {
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

install_library() {
  local machine
  case $(uname -m) in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) fail "no ONNX Runtime library for $(uname -m): build one, and set onnxruntime_ROOT to its folder" ;;
  esac
  mkdir "$temporary/npm" "$temporary/result/lib"
  cp "$lock_folder"/package{,-lock}.json "$temporary/npm"
  quietly npm ci --prefix "$temporary/npm" --cache "$temporary/npm-cache" --ignore-scripts --no-audit --no-fund \
    --no-update-notifier || fail "npm could not install onnxruntime-node $version"
  cp "$temporary/npm/node_modules/onnxruntime-node/bin/napi-v6/linux/$machine/libonnxruntime.so.1" \
    "$temporary/result/lib"
  ln -s libonnxruntime.so.1 "$temporary/result/lib/libonnxruntime.so"
}

# Everything is made in a folder beside the destination, then renamed: there is never half an ONNX Runtime.
install_onnxruntime() {
  if [[ -e $deps/onnxruntime && ! -L $deps/onnxruntime ]]; then
    fail "$deps/onnxruntime is in the way: remove it, it becomes a link to onnxruntime-$version"
  fi
  say "installing ONNX Runtime $version to $destination"
  temporary=$(mktemp -d "$deps/.setup.XXXXXX")
  chmod 755 "$temporary" # apt fetches and verifies as a user of its own
  mkdir "$temporary/result"
  install_headers
  install_library
  holds_onnxruntime "$temporary/result" || fail "the packages fetched lack ONNX Runtime's header or library"
  if [[ -e $destination ]]; then mv -T "$destination" "$temporary/old"; fi
  mv -T "$temporary/result" "$destination"
  ln -s "onnxruntime-$version" "$temporary/link"
  mv -T "$temporary/link" "$deps/onnxruntime"
}

main() {
  case ${1:-} in
    '') ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  command -v apt-get dpkg-query >/dev/null || fail "needs Debian 12 or later (no apt-get here)"
  trap 'rm -rf -- ${temporary:+"$temporary"} ${log:+"$log"}' EXIT

  local missing fetch=
  has_onnxruntime || fetch=yes
  if [[ $fetch ]] && ! command -v npm >/dev/null; then packages+=(nodejs npm); fi
  mapfile -t missing < <(missing_packages "${packages[@]}")

  if [[ ${#missing[@]} -gt 0 || $fetch ]] && [[ $EUID -ne 0 ]]; then
    ask_for_root "${missing[@]}" ${fetch:+"ONNX Runtime $version"}
  fi
  if [[ ${#missing[@]} -gt 0 ]]; then install_packages "${missing[@]}"; fi
  if [[ $fetch ]]; then
    mkdir -p "$deps"
    exec 9<"$deps"
    flock 9 # another run may be at it
    has_onnxruntime || install_onnxruntime
  fi
  say "all is in place"
}

main "$@"
