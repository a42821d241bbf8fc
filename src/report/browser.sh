# What tests that open pages in a headless browser share; they source it. Sets $work, a folder of the test's own.
browser=$(command -v chromium-headless-shell || command -v chromium) || {
  echo "skipped: no chromium-headless-shell here"
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
# The page as it is after its scripts have run.
open_page() { # page width [browser-flag…]
  "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" --window-size="$2,2000" \
    --virtual-time-budget=5000 "${@:3}" --dump-dom "file://$1" 2>"$work/browser.log" ||
    fail "the browser: $(tail -n 3 "$work/browser.log")"
}
