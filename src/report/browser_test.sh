#!/usr/bin/env bash
# Opens pages in a headless browser: no script fails, nothing is asked of the network, and every chart is drawn.
# usage: browser_test.sh SAMPLE CHARTS SIZE…
#   SAMPLE  a program that writes the page of made-up data: SAMPLE SIZE NAME, where NAME begins the names in the data
#   CHARTS  the ids of the page's charts, in order, with blanks between them
#   SIZE    how much data, at least one shape each; of the last the page is opened with a hostile name too
set -euo pipefail

sample=$1
charts=$2
sizes=("${@:3}")
source "$(dirname "$(readlink -f "$0")")/browser.sh"

# Chooses the last value of each box, takes the first name of each legend away and back, and points at something in each
# chart.
using='<script>
for (const box of document.querySelectorAll("select")) {
  box.selectedIndex = box.length - 1;
  box.dispatchEvent(new Event("change"));
}
for (const name of document.querySelectorAll(".legend button:first-child")) {
  name.click();
  name.click();
}
for (const element of document.querySelectorAll(".chart")) {
  const chart = echarts.getInstanceByDom(element);
  const can_point = ({ silent, data }) => !silent && data.length > 1 && !data[1]?.includes?.("-");
  const seriesIndex = chart.getOption().series.findIndex(can_point);
  chart.dispatchAction({ type: "showTip", seriesIndex, dataIndex: 1 });
}
document.documentElement.setAttribute("data-drawings", document.querySelectorAll(".chart svg").length);
</script>'
check_page() { # size name
  "$sample" "$1" "$2" >"$work/page.html"
  printf '%s\n' "$using" >>"$work/page.html"
  open_page "$work/page.html" 1200 >"$work/dom.html"
  # The scripts' own text is no evidence.
  sed -E '/^<script/,/^<\/script>/d' "$work/dom.html" >"$work/shown.html"
  local count
  count=$(wc -w <<<"$charts")
  ! grep -oE '<html[^>]* data-error="[^"]*"' "$work/shown.html" || fail "a script failed on size $1, names '$2'"
  grep -qE "<html[^>]* data-charts=\"$charts\"" "$work/shown.html" || fail "not all charts were drawn"
  grep -qE "<html[^>]* data-drawings=\"$count\"" "$work/shown.html" || fail "expected $count drawings"
  [[ $(grep -o '<path' "$work/shown.html" | wc -l) -gt $(("$1")) ]] || fail "fewer than $1 shapes"
  [[ $(grep -o 'class="tooltip"' "$work/shown.html" | wc -l) -eq $count ]] || fail "expected $count tooltips"
  ! grep -q '<img' "$work/shown.html" || fail "a name became markup"
}

for size in "${sizes[@]}"; do check_page "$size" ''; done
check_page "${sizes[-1]}" '</script><img src=x onerror=alert(1)>'
echo "all charts are drawn"
