#!/usr/bin/env bash
# Opens pages and pictures in a headless browser, on a desktop and on a phone, light and dark: nothing is wider than its
# place, and no texts overlap (fit.js measures).
# usage: fit_test.sh SAMPLE SIZE… | fit_test.sh --self-test
#   SAMPLE       a program that writes a page or an SVG of made-up data: SAMPLE SIZE NAME, where NAME begins the names in
#                the data. Of the last size the page is also opened with names of 75 characters, in all four ways
#   --self-test  finds what is wrong with pages made for it
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
source "$here/browser.sh"

# Runs the measuring script on $work/page.html; prints what it found.
findings() { # width scheme
  local scheme=1
  if [[ $2 == dark ]]; then scheme=0; fi
  open_page "$work/page.html" "$1" --blink-settings="preferredColorScheme=$scheme" --hide-scrollbars >"$work/dom.html"
  grep -qE "<html[^>]* data-window=\"$1 $2\"" "$work/dom.html" ||
    fail "not measured at $1 px, $2: $(grep -oE '<html[^>]*>' "$work/dom.html" | head -c 300)"
  # The attribute may go over several lines.
  tr '\n' '\001' <"$work/dom.html" | grep -oE '<html[^>]*>' | head -n 1 | sed -E 's/.* data-fit="([^"]*)".*/\1/' | tr '\001' '\n'
}
add_script() {
  printf '<script>\n' >>"$work/page.html"
  cat "$here/fit.js" >>"$work/page.html"
  printf '</script>\n' >>"$work/page.html"
}
make_page() { # sample size name
  "$1" "$2" "$3" >"$work/page"
  if [[ $(head -c 4 "$work/page") == '<svg' ]]; then
    printf '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><body style="margin:0">\n'
  fi >"$work/page.html"
  cat "$work/page" >>"$work/page.html"
  add_script
}
check_fit() { # sample size name window…, each WIDTH:SCHEME
  local window found
  make_page "${@:1:3}"
  for window in "${@:4}"; do
    found=$(findings "${window%:*}" "${window#*:}")
    [[ -z $found ]] || fail "size $2, names '$3', ${window/:/ px, }:
$found"
  done
}

expect_finding() { # pattern html
  printf '<!DOCTYPE html><meta charset="utf-8"><body style="margin:0; font: 14px sans-serif">\n%s\n' "$2" >"$work/page.html"
  add_script
  local found
  found=$(findings 390 light)
  [[ $found =~ $1 ]] || fail "expected '$1' in a page with $2; found '$found'"
}
self_test() {
  expect_finding '^$' '<p>a page that fits</p><svg width="100"><text x="5" y="20">one</text><text x="5" y="40">two</text></svg>'
  expect_finding 'page: 700 px wide, window 390' '<div style="width: 700px">wide</div>'
  expect_finding 'div.box: content of 300 px in 100' \
    '<div class="box" style="width: 100px; overflow: hidden"><div style="width: 300px">cut off</div></div>'
  expect_finding '^$' '<div style="width: 100px; overflow-x: auto"><div style="width: 300px">scrolled</div></div>'
  expect_finding "'1, 2, 5' and '3' overlap" '<svg width="100"><text x="5" y="20">1, 2, 5</text><text x="20" y="20">3</text></svg>'
  expect_finding "'beyond the edge' leaves its picture" '<svg width="60"><text x="5" y="20">beyond the edge</text></svg>'
  expect_finding 'overlap' '<p style="margin: 0">below</p><p style="margin: -18px 0 0">above</p>'
}

if [[ $1 == --self-test ]]; then
  self_test
  echo "what is wrong is found"
  exit
fi
long=a-name-of-seventy-five-characters-that-has-no-blank-anywhere-in-it_0123456/
for size in "${@:2}"; do check_fit "$1" "$size" '' 1280:light 390:dark; done
check_fit "$1" "${@: -1}" "$long" 1280:light 1280:dark 390:light 390:dark
echo "everything fits"
