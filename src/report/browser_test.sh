#!/usr/bin/env bash
# Opens a page in a headless browser: no script fails, nothing is asked of the network, and every chart is drawn.
# usage: browser_test.sh PATH/TO/sample_profile_page
set -euo pipefail

sample=$1
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
open_page() { # page
  "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" --window-size=1200,2000 \
    --virtual-time-budget=5000 --dump-dom "file://$1" 2>"$work/browser.log" ||
    fail "the browser: $(tail -n 3 "$work/browser.log")"
}
# Points at something in each chart.
pointing='<script>
for (const id of ["plans", "layers", "checks"]) {
  const chart = echarts.getInstanceByDom(document.getElementById(id));
  const seriesIndex = chart.getOption().series.findIndex(({ type }) => type === (id === "checks" ? "scatter" : "bar"));
  chart.dispatchAction({ type: "showTip", seriesIndex, dataIndex: 1 });
}
</script>'
check_page() { # layers name
  "$sample" "$1" "$2" >"$work/page.html"
  printf '%s\n' "$pointing" >>"$work/page.html"
  open_page "$work/page.html" >"$work/dom.html"
  # The scripts' own text is no evidence.
  sed -E '/^<script/,/^<\/script>/d' "$work/dom.html" >"$work/shown.html"
  ! grep -oE '<html[^>]* data-error="[^"]*"' "$work/shown.html" || fail "a script failed on $1 layers named '$2'"
  grep -qE '<html[^>]* data-charts="plans layers checks"' "$work/shown.html" || fail "not all charts were drawn"
  [[ $(grep -o '<svg' "$work/shown.html" | wc -l) -eq 3 ]] || fail "expected three drawings"
  [[ $(grep -o '<path' "$work/shown.html" | wc -l) -gt $(("$1")) ]] || fail "fewer shapes than layers"
  [[ $(grep -o 'class="tooltip"' "$work/shown.html" | wc -l) -eq 3 ]] || fail "expected three tooltips"
  ! grep -q '<img' "$work/shown.html" || fail "a name became markup"
}

check_page 174 ''
check_page 6 ''
check_page 1200 '</script><img src=x onerror=alert(1)>'
echo "all charts are drawn"
