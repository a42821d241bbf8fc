# shellcheck shell=bash disable=SC2154
# The folder that commands of a document run in, and what they take for granted. Sourced by run.sh.

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# Below the ports that the system hands out by itself, so that another program rarely takes one before an agent does.
pick_port() {
  local port
  until port=$((20000 + RANDOM % 12000)) && is_free "$port"; do :; done
  echo "$port"
}
edge_port=$(pick_port)
cloud_port=$(pick_port)

# The addresses of a document become free ports of this machine.
with_ports_of_this_run() { # text
  sed -E "s/(10\.0\.0\.2|127\.0\.0\.1):7101/127.0.0.1:$edge_port/g
    s/(203\.0\.113\.7:7101|127\.0\.0\.1:7102)/127.0.0.1:$cloud_port/g
    s/0\.0\.0\.0:7101(.*--name edge)/0.0.0.0:$edge_port\1/
    s/0\.0\.0\.0:7101(.*--name cloud)/0.0.0.0:$cloud_port\1/" <<<"$1"
}

# It looks like a copy of the repository with all presets built. Each program and script is a stand-in.
make_folder() {
  local file preset
  mkdir -p "$WORK"/{bin,build,scripts,.ci}
  ln -s "$ROOT/models" "$WORK/models"
  for file in "$ROOT"/scripts/*.sh "$ROOT/.ci/run"; do ln -s "$here/stand_in.sh" "$WORK/${file#"$ROOT/"}"; done
  for file in $(find "$BUILD" -maxdepth 1 -type f -executable -printf '%f ') cmake ctest; do
    ln -s "$here/stand_in.sh" "$WORK/bin/$file"
  done
  for preset in $(jq -r '.configurePresets[].name' "$ROOT/CMakePresets.json"); do
    ln -s ../bin "$WORK/build/$preset"
  done
  export TANDEM_STORE=$WORK/costs.db TANDEM_CACHE=$WORK/weights
}

make_model() { tandem zoo export resnet20 "$@" >/dev/null; }
make_photos() {
  local class number
  for class in cat dog; do
    mkdir -p "photos/$class"
    for number in {1..20}; do cp "$here/$class.jpg" "photos/$class/$number.jpg"; done
  done
}
make_fleet() {
  cat >fleet.yaml <<EOF
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:$edge_port"}
  - {name: cloud, tier: cloud, address: "127.0.0.1:$cloud_port"}
EOF
  tandem agent --listen "127.0.0.1:$edge_port" --fleet fleet.yaml
  tandem agent --listen "127.0.0.1:$cloud_port" --fleet fleet.yaml
}
make_file() { # name
  case $1 in
    model.onnx | mobilenetv2.onnx) make_model -o "$1" ;;
    resnet.onnx) make_model --classes 2 -o "$1" ;; # as many as photos has
    trained.onnx | OTHER.onnx) cp "$ROOT/models/alexnet5-fashion-mnist.onnx" "$1" ;;
    cat.jpg | photo.jpg) cp "$here/cat.jpg" "$1" ;;
    photos) make_photos ;;
    fleet.yaml) make_fleet ;;
  esac
}
# Makes the files that a command names, unless it writes them.
provide_files() { # command
  local file
  for file in model.onnx mobilenetv2.onnx resnet.onnx trained.onnx OTHER.onnx cat.jpg photo.jpg photos fleet.yaml; do
    if [[ ! -e $file && $1 =~ [\ =]$file($|[[:space:]\;]) && ! $1 =~ (-o|\>)\ $file ]]; then make_file "$file"; fi
  done
}

stop_programs() {
  local started=()
  if [[ -e $WORK/started ]]; then mapfile -t started <"$WORK/started"; fi
  if ((${#started[@]})); then kill "${started[@]}" 2>/dev/null || true; fi
}
