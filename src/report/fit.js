// Appended to a page by fit_test.sh: measures how the page fits the window. The findings become the attribute data-fit
// of the document's element, one a line: content wider than its element, drawings outside of their picture, texts that
// overlap. Nothing found: an empty attribute.
(() => {
  'use strict';
  const kSlack = 1.5;  // pixels
  const kMostFindings = 12;
  const findings = [];

  function path_of(element) {
    const name = (each) => each.tagName.toLowerCase() + (each.id ? `#${each.id}` : '')
      + [...each.classList].map((word) => `.${word}`).join('');
    return [element.parentElement, element].filter(Boolean).map(name).join(' > ');
  }
  const quote = (text) => `'${text.trim().replace(/\s+/g, ' ').slice(0, 60)}'`;

  function check_widths() {
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) findings.push(`page: ${root.scrollWidth} px wide, window ${root.clientWidth}`);
    for (const element of document.body.querySelectorAll('*')) {
      const style = getComputedStyle(element);
      const scrolls = style.overflowX === 'auto' || style.overflowX === 'scroll';
      const is_elided = element.tagName === 'SELECT' && style.textOverflow === 'ellipsis';  // its list shows all
      const has_own_width = element.clientWidth > 0 && style.display !== 'inline';
      if (!scrolls && !is_elided && has_own_width && !element.closest('svg') && element.scrollWidth > element.clientWidth + kSlack)
        findings.push(`${path_of(element)}: content of ${element.scrollWidth} px in ${element.clientWidth}`);
    }
  }

  // A line is taller than its letters.
  const letters_of = (top, bottom) => [top + 0.15 * (bottom - top), bottom - 0.15 * (bottom - top)];

  // The corners of what is written, on the screen: also of text that is turned.
  function corners_of_drawn(text) {
    const { x, y, width, height } = text.getBBox();
    const [top, bottom] = letters_of(y, y + height);
    const place = text.getScreenCTM();
    return [[x, top], [x + width, top], [x + width, bottom], [x, bottom]]
      .map(([px, py]) => [place.a * px + place.c * py + place.e, place.b * px + place.d * py + place.f]);
  }
  function corners_of_lines(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((rect) => rect.width > 0).map((rect) => rect.toJSON())
      .map(({ left, right, ...line }) => {
        const [top, bottom] = letters_of(line.top, line.bottom);
        return [[left, top], [right, top], [right, bottom], [left, bottom]];
      });
  }
  const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  function texts() {
    const all = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const element = walk.currentNode.parentElement;
      if (!walk.currentNode.data.trim() || element.closest('script, style, title, select, svg') || !visible(element)) continue;
      for (const corners of corners_of_lines(walk.currentNode)) all.push({ text: walk.currentNode.data, corners });
    }
    for (const element of document.querySelectorAll('svg text')) {
      if (!element.textContent.trim() || !visible(element)) continue;
      const corners = corners_of_drawn(element);
      check_inside(element, corners);
      all.push({ text: element.textContent, corners });
    }
    return all;
  }
  function check_inside(element, corners) {
    const { left, right } = element.ownerSVGElement.getBoundingClientRect();
    if (corners.some(([x]) => x < left - kSlack || x > right + kSlack))
      findings.push(`${path_of(element)}: ${quote(element.textContent)} leaves its picture`);
  }

  // Separating axes, of two rectangles that may be turned: how deep one lies in the other; 0 or less: apart.
  function depth_of(a, b) {
    let depth = Infinity;
    for (const corners of [a, b]) {
      for (const [from, to] of [[corners[0], corners[1]], [corners[1], corners[2]]]) {
        const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
        const axis = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
        const [on_a, on_b] = [a, b].map((each) => each.map(([x, y]) => x * axis[0] + y * axis[1]));
        depth = Math.min(depth, Math.max(...on_a) - Math.min(...on_b), Math.max(...on_b) - Math.min(...on_a));
      }
    }
    return depth;
  }
  function check_overlaps() {
    const by_top = texts().map((each) => (
      { ...each, top: Math.min(...each.corners.map(([, y]) => y)), bottom: Math.max(...each.corners.map(([, y]) => y)) }));
    by_top.sort((a, b) => a.top - b.top);
    let open = [];
    for (const each of by_top) {
      open = open.filter((other) => other.bottom > each.top);
      for (const other of open) {
        if (depth_of(each.corners, other.corners) > kSlack)
          findings.push(`${quote(other.text)} and ${quote(each.text)} overlap`);
      }
      open.push(each);
    }
  }

  for (const details of document.querySelectorAll('details')) details.open = true;
  check_widths();
  check_overlaps();
  const scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.setAttribute('data-window', `${innerWidth} ${scheme}`);
  document.documentElement.setAttribute('data-fit',
    [...findings.slice(0, kMostFindings), ...(findings.length > kMostFindings ? [`${findings.length} in all`] : [])].join('\n'));
})();
