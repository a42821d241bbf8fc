// Draws the charts of an Edgent page from #data: what each method chose, and what came of it.
(() => {
  'use strict';
  const {
    data, theme, ms, plain, new_element, show_legend, tooltip_of, tooltip, round_steps, range_of, named_axis,
    zoom_of, predictions_option, draw, draw_always,
  } = charts;
  const points = (value) => (value === null ? '–' : `${value.toFixed(1)} %`);
  const mbps = (value) => `${plain(value)} Mbit/s`;
  const given_ms = (value) => (value < 9995 ? `${Number(value.toPrecision(4))} ms` : ms(value));  // 50 ms, not 50.0 ms
  const optional_ms = (value) => (value === null ? '–' : ms(value));

  // The colour (of theme.series) and the symbol (a path in a box of 10 × 10) of each method, in the order of
  // data.methods, on every chart.
  const kCircle = 'M0 5A5 5 0 1 0 10 5A5 5 0 1 0 0 5Z', kDiamond = 'M5 0L10 5L5 10L0 5Z';
  const kCross = 'M2 0L5 3L8 0L10 2L7 5L10 8L8 10L5 7L2 10L0 8L3 5L0 2Z';
  const kStyles = [
    { series: 6, symbol: 'M0 0H10V10H0Z' },
    { series: 5, symbol: 'M5 0L10 10H0Z' },
    { series: 2, symbol: kDiamond },
    { series: 3, symbol: 'M0 0H10L5 10Z' },
    { series: 1, symbol: 'M3.5 0H6.5V3.5H10V6.5H6.5V10H3.5V6.5H0V3.5H3.5Z' },
    { series: 4, symbol: kCross },
    { series: 0, symbol: kCircle },
  ];
  const methods = data.methods.map(({ name, about }, index) => (
    { name, about, is_own: name === 'Tandem', ...kStyles[index % kStyles.length] }));
  const joint = methods.filter(({ name, is_own }) => is_own || name.includes('Edgent'));

  const key_of = (...parts) => JSON.stringify(parts);
  const cells = new Map(data.cells.map((cell) => [key_of(cell.method, cell.mbps, cell.deadline_ms), cell]));
  const cell_of = (method, at_mbps, deadline_ms) => cells.get(key_of(method.name, at_mbps, deadline_ms));
  const tightest = new Map(data.tightest.map((entry) => [key_of(entry.method, entry.mbps), entry]));

  // What the reader chose: a value beside a chart, and in its legend the methods to see.
  const choice_of = (id) => document.getElementById(`${id}-choice`);
  const chosen = (id) => Number(choice_of(id).value);
  const shown = {
    'by-bandwidth': new Set(joint.length ? joint : methods), 'by-deadline': new Set(joint.length ? joint : methods),
    tightest: new Set(methods), accuracy: new Set(methods),
  };
  const shown_methods = (id) => methods.filter((method) => shown[id].has(method));

  function svg_element(tag, attributes) {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }
  function swatch_of({ series, symbol, is_own }) {
    const swatch = svg_element('svg', { viewBox: '0 0 26 12', 'aria-hidden': 'true' });
    swatch.style.color = `var(--series-${series})`;
    swatch.append(
      svg_element('path', { d: 'M0 6H26', stroke: 'currentColor', 'stroke-width': is_own ? 3.5 : 1.6 }),
      svg_element('path', { d: symbol, fill: 'currentColor', transform: 'translate(8 1)' }));
    return swatch;
  }
  function add_method_legend(id, redraw) {
    document.getElementById(`${id}-legend`).replaceChildren(...methods.map((method) => {
      const button = new_element('button', method.name, method.is_own ? 'own' : '');
      const show_state = () => button.setAttribute('aria-pressed', String(shown[id].has(method)));
      button.type = 'button';
      button.title = method.about;
      button.prepend(swatch_of(method));
      button.addEventListener('click', () => {
        if (!shown[id].delete(method)) shown[id].add(method);
        show_state();
        redraw();
      });
      show_state();
      return button;
    }));
  }

  function log_range(values) {
    return { type: 'log', min: Math.min(...values) / 1.15, max: Math.max(...values) * 1.15, ticks: values };
  }
  // Our own line is the broad one below the others: where they coincide, all are seen.
  function method_line(method, panel, values) {
    const color = theme.series[method.series];
    return {
      type: 'line', name: method.name, xAxisIndex: panel, yAxisIndex: panel, data: values, cursor: 'default',
      symbol: `path://${method.symbol}`, symbolSize: method.is_own ? 11 : 9, showAllSymbol: true,
      itemStyle: { color, opacity: 1 }, lineStyle: { color, width: method.is_own ? 4 : 1.6 }, z: method.is_own ? 2 : 3,
    };
  }
  // At each place along the axis: a row for each method that is shown.
  function axis_tooltip(id, values, title, text) {
    return {
      ...tooltip(), trigger: 'axis', axisPointer: { type: 'line', lineStyle: { color: theme.strong_line } },
      formatter: ([first]) => {
        const at = values[first.dataIndex];
        return tooltip_of(title(at), shown_methods(id).map((method) => [method.name, text(method, at)]));
      },
    };
  }

  // Choices: the deepest exit above, the cut below, as steps over bandwidth or deadline. Lines that coincide are drawn
  // a few pixels apart.
  const kPanelHeight = 176, kPanelTop = 34, kPanelGap = 66, kDodge = 5, kMargin = 16;
  const kPanels = [
    {
      title: 'Deepest exit', most: data.exits.length, ticks: [...Array(data.exits.length + 1).keys()],
      text: (depth) => (depth === 0 ? 'none' : data.exits[depth - 1]), value_of: (cell) => cell.depth,
    },
    {
      title: `Layers on the device, of ${data.layers}`, most: data.layers,
      ticks: [0, 1, 2, 3, 4].map((quarter) => Math.round((quarter * data.layers) / 4)), text: plain,
      value_of: (cell) => cell.cut,
    },
  ];
  const kByBandwidth = {
    values: data.bandwidths_mbps, name: 'bandwidth, Mbit/s', cell: (method, at, fixed) => cell_of(method, at, fixed),
    title: (at, fixed) => `${mbps(at)}, deadline ${given_ms(fixed)}`,
  };
  const kByDeadline = {
    values: data.deadlines_ms, name: 'deadline, ms', cell: (method, at, fixed) => cell_of(method, fixed, at),
    title: (at, fixed) => `deadline ${given_ms(at)}, ${mbps(fixed)}`,
  };

  function choice_text(cell) {
    if (!cell || cell.plan === null) return 'no plan';
    const cut = cell.cut === null ? '' : ` · ${cell.cut} of ${data.layers} layers`;
    const time = cell.measured_ms === null ? `${optional_ms(cell.predicted_ms)} predicted` : ms(cell.measured_ms);
    return `${cell.exit ?? '–'}${cut} · ${time}`;
  }
  function choice_lines(id, along, fixed, panel) {
    const { most, value_of } = kPanels[panel];
    const per_pixel = most / (kPanelHeight - 2 * kMargin);
    return shown_methods(id).map((method, rank, all) => {
      const offset = (rank - (all.length - 1) / 2) * Math.min(kDodge, (2 * kMargin - 8) / all.length) * per_pixel;
      const place = (at) => {
        const cell = along.cell(method, at, fixed);
        const value = cell ? value_of(cell) : null;
        return [at, value === null ? '-' : value + offset];
      };
      return { ...method_line(method, panel, along.values.map(place)), step: 'middle' };
    });
  }
  function choices_option(id, along, width) {
    const fixed = chosen(id);
    const x = log_range(along.values);
    const tops = kPanels.map((_, panel) => kPanelTop + panel * (kPanelHeight + kPanelGap));
    const margins = kPanels.map(({ most }) => (most * kMargin) / (kPanelHeight - 2 * kMargin));
    return {
      height: kPanels.length * (kPanelHeight + kPanelGap) + 14,
      title: kPanels.map(({ title }, panel) => ({
        text: title, left: 0, top: tops[panel] - 26, padding: 0,
        textStyle: { fontSize: 13, fontWeight: 600, color: theme.text, width: width - 20, overflow: 'truncate' },
      })),
      grid: tops.map((top) => ({ left: 58, right: 14, top, height: kPanelHeight })),
      axisPointer: { link: [{ xAxisIndex: 'all' }], label: { show: false } },
      tooltip: axis_tooltip(id, along.values, (at) => along.title(at, fixed),
        (method, at) => choice_text(along.cell(method, at, fixed))),
      xAxis: kPanels.map((_, panel) => named_axis(panel, panel === 1 ? along.name : '', 28, x, plain)),
      yAxis: kPanels.map(({ most, ticks, text }, panel) => {
        const range = { type: 'value', min: -margins[panel], max: most + margins[panel], ticks };
        const axis = named_axis(panel, '', 0, range, (value) => text(Math.round(value)));
        return { ...axis, axisLabel: { ...axis.axisLabel, width: 48, overflow: 'truncate' } };
      }),
      series: kPanels.flatMap((_, panel) => choice_lines(id, along, fixed, panel)),
    };
  }

  // Outcomes: a line for each method over bandwidth or deadline. Their symbols stand side by side about what was tried.
  const kOutcomeHeight = 400, kOutcomeLeft = 62, kOutcomeRight = 14;

  // By how much to multiply a value for each method to stand a few pixels, and less than its neighbours are away, off it.
  function side_by_side(values, width, count) {
    const { min, max } = log_range(values);
    const per_pixel = Math.log(max / min) / (width - kOutcomeLeft - kOutcomeRight);
    const gaps = values.slice(1).map((value, index) => Math.log(value / values[index]) / per_pixel);
    const step = Math.min(4, (0.7 * Math.min(...gaps)) / count);
    return [...Array(count).keys()].map((rank) => Math.exp((rank - (count - 1) / 2) * step * per_pixel));
  }
  function outcome_option(id, width, { values, x_name, y, y_name, y_label, value, title, text }) {
    const methods_here = shown_methods(id);
    const beside = side_by_side(values, width, methods_here.length);
    return {
      height: kOutcomeHeight,
      grid: { left: kOutcomeLeft, right: kOutcomeRight, top: 12, bottom: 44 },
      tooltip: axis_tooltip(id, values, title, text),
      xAxis: named_axis(0, x_name, 28, log_range(values), plain),
      yAxis: named_axis(0, y_name, 46, y, y_label),
      series: methods_here.map((method, rank) => (
        method_line(method, 0, values.map((at) => [at * beside[rank], value(method, at) ?? '-'])))),
    };
  }
  function tightest_option(width) {
    const met = data.tightest.flatMap((entry) => (entry.deadline_ms === null ? [] : [entry.deadline_ms]));
    if (met.length === 0) return { height: 0 };
    const steps = round_steps(Math.min(...met), Math.max(...met), [1, 2, 5]);
    const entry_of = (method, at) => tightest.get(key_of(method.name, at));
    return outcome_option('tightest', width, {
      values: data.bandwidths_mbps, x_name: 'bandwidth, Mbit/s',
      y: { type: 'log', min: steps[0], max: steps.at(-1), ticks: steps }, y_name: 'tightest deadline met, ms',
      y_label: plain, value: (method, at) => entry_of(method, at)?.deadline_ms, title: mbps,
      text: (method, at) => {
        const { deadline_ms = null, accuracy_percent } = entry_of(method, at) ?? {};
        return deadline_ms === null ? 'none' : `${given_ms(deadline_ms)} · ${points(accuracy_percent)} right`;
      },
    });
  }
  function accuracy_option(width) {
    const fixed = chosen('accuracy');
    return outcome_option('accuracy', width, {
      values: data.deadlines_ms, x_name: 'deadline, ms', y: { type: 'value', min: 0, max: 100 },
      y_name: 'right within the deadline, %', y_label: plain,
      value: (method, at) => cell_of(method, fixed, at)?.right_in_time_percent,
      title: (at) => `deadline ${given_ms(at)}, ${mbps(fixed)}`,
      text: (method, at) => {
        const cell = cell_of(method, fixed, at);
        return cell ? `${points(cell.right_in_time_percent)} · ${points(cell.in_time_percent)} in time` : '–';
      },
    });
  }

  // Predictions: a point is a plan on a link.
  function prediction_option(width) {
    const runs = data.prediction.runs.map(({ measured_ms, low_ms, high_ms, ...run }) => (
      { ...run, measured: { ms: measured_ms, low_ms, high_ms } }));
    return predictions_option('prediction', width, [{ name: 'a plan on a link', color: theme.series[0], points: runs }],
      (run) => `${mbps(run.mbps)}   ${run.plan}`);
  }

  // The trace: the link above, what requests took below.
  const kLinkHeight = 130, kLatencyHeight = 250;
  const kinds_of_request = () => [
    {
      name: 'in time', color: theme.series[0], symbol: kCircle, size: 5, legend: 'circle',
      has: (row) => row.is_in_time && !row.is_rescued,
    },
    {
      name: 'in time, rescued', color: theme.series[1], symbol: kDiamond, size: 12, legend: 'mark',
      has: (row) => row.is_in_time && row.is_rescued,
    },
    {
      name: 'missed', color: theme.series[4], symbol: kCross, size: 11, legend: 'cross',
      has: (row) => !row.is_in_time,
    },
  ];

  function row_tooltip(row, index, kinds) {
    const speed = (value) => (value === null ? '–' : mbps(Number(value.toPrecision(3))));
    return tooltip_of(`request ${index + 1}, at ${row.at_s.toFixed(1)} s`, [
      ['link', speed(row.mbps)], ['as estimated', speed(row.seen_mbps)], ['plan', row.plan ?? '–'],
      ['exit', row.exit ?? '–'], ['predicted', optional_ms(row.predicted_ms)],
      ['measured', row.measured_ms === null ? 'no answer' : ms(row.measured_ms)],
      ['', `${kinds.find((kind) => kind.has(row)).name}, ${row.is_right ? 'right' : 'wrong'}`],
    ]);
  }
  function link_lines(rows) {
    const line = (key) => rows.map((row) => [row.at_s, row[key] > 0 ? row[key] : '-']);
    const common = { type: 'line', xAxisIndex: 0, yAxisIndex: 0, symbol: 'none', cursor: 'default' };
    return [
      {
        ...common, name: 'link', step: 'end', data: line('mbps'), z: 2, itemStyle: { color: theme.muted },
        lineStyle: { color: theme.muted, width: 1 }, areaStyle: { color: theme.muted, opacity: 0.15, origin: 'start' },
      },
      {
        ...common, name: 'as estimated', data: line('seen_mbps'), z: 3, itemStyle: { color: theme.series[0] },
        lineStyle: { color: theme.series[0], width: 1.5 },
      },
    ];
  }
  function latency_series(rows, deadline_ms, kinds) {
    const highest = 1.1 * Math.max(deadline_ms, ...rows.map((row) => row.measured_ms ?? 0));  // where no answer came
    const common = { xAxisIndex: 1, yAxisIndex: 1, cursor: 'default' };
    return [
      ...kinds.map(({ name, color, symbol, size, has }, index) => ({
        ...common, type: 'scatter', name, symbol: `path://${symbol}`, symbolSize: size, z: 3 + index,
        itemStyle: { color, opacity: index === 0 ? 0.7 : 1 },
        data: rows.filter(has).map((row) => [row.at_s, row.measured_ms ?? highest]),
      })),
      {
        ...common, type: 'line', name: 'deadline', symbol: 'none', silent: true, z: 2,
        itemStyle: { color: theme.mark }, lineStyle: { color: theme.mark, width: 1.4, type: 'dashed' },
        data: [[rows[0].at_s, deadline_ms], [rows.at(-1).at_s, deadline_ms]],
      },
    ];
  }
  function trace_option() {
    const { rows, deadline_ms } = data.trace;
    const speeds = rows.flatMap((row) => [row.mbps, row.seen_mbps]).filter((speed) => speed > 0);
    if (rows.length === 0 || speeds.length === 0) return { height: 0 };
    const kinds = kinds_of_request();
    show_legend('trace', [['the link', theme.muted, 'line'], ['as estimated', theme.series[0], 'line'],
      ...kinds.map(({ name, color, legend }) => [name, color, legend]),
      [`deadline, ${given_ms(deadline_ms)}`, theme.mark, 'dashed']]);
    const time = { type: 'value', min: rows[0].at_s, max: rows.at(-1).at_s };
    const seconds = (value) => plain(Number(value.toFixed(1)));
    const nearest = (at_s) => rows.reduce(
      (best, row, index) => (Math.abs(row.at_s - at_s) < Math.abs(rows[best].at_s - at_s) ? index : best), 0);
    const x = named_axis(0, '', 28, time, seconds);
    const latency = named_axis(1, 'latency, ms', 46, { type: 'value', min: 0 }, plain);
    return {
      height: kLinkHeight + kLatencyHeight + 124,
      grid: [{ left: 62, right: 14, top: 12, height: kLinkHeight },
        { left: 62, right: 14, top: kLinkHeight + 40, height: kLatencyHeight }],
      axisPointer: { link: [{ xAxisIndex: 'all' }], label: { show: false } },
      tooltip: {
        ...tooltip(), trigger: 'axis', axisPointer: { type: 'line', lineStyle: { color: theme.strong_line } },
        formatter: ([first]) => {
          const index = nearest(first.axisValue);
          return row_tooltip(rows[index], index, kinds);
        },
      },
      dataZoom: zoom_of([0, 1]),
      xAxis: [{ ...x, axisLabel: { show: false } },
        { ...x, gridIndex: 1, name: 'time, s', axisLabel: { ...x.axisLabel, showMaxLabel: false } }],
      yAxis: [named_axis(0, 'Mbit/s', 46, range_of(Math.min(...speeds), Math.max(...speeds)), plain), latency],
      series: [...link_lines(rows), ...latency_series(rows, deadline_ms, kinds)],
    };
  }

  const options = {
    'by-bandwidth': (width) => choices_option('by-bandwidth', kByBandwidth, width),
    'by-deadline': (width) => choices_option('by-deadline', kByDeadline, width),
    tightest: tightest_option, accuracy: accuracy_option, prediction: prediction_option, trace: trace_option,
  };
  draw_always(options);
  for (const id of Object.keys(shown)) {
    const redraw = () => draw(id, options[id]);
    add_method_legend(id, redraw);
    choice_of(id)?.addEventListener('change', redraw);
  }
})();
