// What the scripts of all pages share: data, colours, figures for people, legends, tooltips, axes, when to draw, and
// the chart of predictions. Names in the data come from elsewhere: they reach a page as text only.
const charts = (() => {
  'use strict';
  const root = document.documentElement;
  const report_error = (what) => root.setAttribute('data-error', what);
  addEventListener('error', (event) => report_error(event.message));
  document.addEventListener('securitypolicyviolation', (event) => report_error(`blocked: ${event.blockedURI}`));

  const data = JSON.parse(document.getElementById('data').textContent);
  const is_narrow = () => innerWidth < 600;
  const theme = {};  // filled before anything is drawn

  function read_theme() {
    const style = getComputedStyle(root);
    const color = (name) => style.getPropertyValue(`--${name}`).trim();
    Object.assign(theme, {
      text: color('text'), muted: color('muted'), card: color('card'), line: color('line'),
      strong_line: color('strong-line'), exchange: color('exchange'), mark: color('mark'),
      series: [0, 1, 2, 3, 4, 5, 6].map((index) => color(`series-${index}`)),
      font: getComputedStyle(document.body).fontFamily,
    });
  }

  // Three significant digits.
  function digits(value) {
    const size = Math.abs(value);
    return value.toFixed(size >= 99.95 || size === 0 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
  }
  const ms = (value) => (value < 9995 ? `${digits(value)} ms` : `${digits(value / 1000)} s`);
  const percent = (share) => `${(100 * share).toFixed(Math.abs(share) < 0.0995 ? 1 : 0)} %`;
  const plain = (value) => String(Number(value.toPrecision(6)));  // of an axis
  const figure = (value) => ms(value.ms) + (value.high_ms > 0 ? ` (${ms(value.low_ms)} to ${ms(value.high_ms)})` : '');

  function new_element(tag, text, name) {
    const element = document.createElement(tag);
    element.textContent = text ?? '';
    if (name) element.className = name;
    return element;
  }
  function show_legend(id, entries) {
    document.getElementById(`${id}-legend`).replaceChildren(...entries.map(([text, color, name]) => {
      const entry = new_element('span', text, name);
      entry.style.setProperty('--swatch', color);
      return entry;
    }));
  }
  function tooltip_of(title, rows) {
    const box = new_element('div', '', 'tooltip');
    box.append(new_element('b', title));
    for (const [what, value] of rows) {
      const row = new_element('div');
      row.append(new_element('span', what), new_element('span', value));
      box.append(row);
    }
    return box;
  }
  const tooltip = () => ({
    confine: true, transitionDuration: 0, backgroundColor: theme.card, borderColor: theme.strong_line,
    textStyle: { color: theme.text, fontFamily: theme.font },
  });

  // 1, 2, 5, 10, … around [low, high].
  function round_steps(low, high, per_decade) {
    const steps = [];
    for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.log10(high) + 1; ++power) {
      for (const digit of per_decade) steps.push(Number(`${digit}e${power}`));
    }
    const first = steps.filter((step) => step <= low).length - 1;
    const last = steps.findIndex((step) => step >= high);
    return steps.slice(first, last + 1);
  }
  // Of an axis around [low, high]: logarithmic unless the values lie close together.
  function range_of(low, high) {
    if (high <= 10 * low) {
      const step = 10 ** Math.floor(Math.log10(high / 2));
      return { type: 'value', min: 0, max: Math.ceil((1.02 * high) / step) * step };
    }
    const steps = round_steps(low, high, [1, 2, 5]);
    const ticks = steps.length > 10 ? steps.filter((step) => /^[0.]*1/.test(plain(step))) : steps;
    return { type: 'log', min: steps[0], max: steps.at(-1), ticks };
  }
  const axis_style = () => ({
    axisLabel: { color: theme.muted, fontSize: 12, hideOverlap: true },
    nameTextStyle: { color: theme.muted, fontSize: 12 },
    axisLine: { lineStyle: { color: theme.strong_line } }, axisTick: { lineStyle: { color: theme.strong_line } },
    splitLine: { lineStyle: { color: theme.line } },
  });
  function plain_axis() {
    const style = axis_style();
    return { ...style, axisLabel: { ...style.axisLabel, formatter: plain } };
  }
  // With its name in the middle; `ticks`, where given, are the only ones.
  function named_axis(panel, name, nameGap, { type, min, max, ticks }, formatter) {
    const style = axis_style();
    const at = ticks && { customValues: ticks };
    return {
      gridIndex: panel, type, min, max, name, nameGap, nameLocation: 'middle',
      axisLine: { ...style.axisLine, onZero: false },
      axisLabel: { ...style.axisLabel, formatter, ...at }, axisTick: { ...style.axisTick, ...at },
      splitLine: { ...style.splitLine, ...at }, nameTextStyle: style.nameTextStyle,
    };
  }
  // Handles below the chart, and the wheel with the control key: over all of its panels.
  function zoom_of(panels) {
    const shadow = { lineStyle: { color: theme.exchange }, areaStyle: { color: theme.exchange } };
    return [
      {
        type: 'slider', xAxisIndex: panels, bottom: 6, height: 24, filterMode: 'none', showDetail: false,
        brushSelect: false,
        borderColor: theme.line, fillerColor: 'rgba(128, 140, 152, 0.15)', backgroundColor: 'transparent',
        dataBackground: shadow, selectedDataBackground: shadow,
        moveHandleStyle: { color: theme.strong_line }, handleStyle: { color: theme.card, borderColor: theme.muted },
      },
      {
        type: 'inside', xAxisIndex: panels, filterMode: 'none', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: false,
        preventDefaultMouseMove: false,
      },
    ];
  }

  // Predictions: predicted over measured on the left, on the right by how much it missed; on a narrow screen one below
  // the other. Lines show the interval of what was measured. A point has `predicted_ms` and `measured`: ms, low_ms and
  // high_ms (0: no interval).
  const kPredictionsHeight = 380;
  const error_of = (point, measured_ms) => 100 * (point.predicted_ms / measured_ms - 1);
  const low_of = ({ measured }) => (measured.high_ms > 0 && measured.low_ms > 0 ? measured.low_ms : measured.ms);
  const high_of = ({ measured }) => (measured.high_ms > 0 ? measured.high_ms : measured.ms);

  function interval_mark(parameters, api) {
    const [from, to] = [api.coord([api.value(0), api.value(1)]), api.coord([api.value(2), api.value(3)])];
    return {
      type: 'line', shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
      style: { stroke: api.visual('color'), lineWidth: 1.5, opacity: 0.6 },
    };
  }
  function guide(panel, off_percent, from, to) {
    return {
      type: 'line', xAxisIndex: panel, yAxisIndex: panel, symbol: 'none', silent: true, clip: true, z: 1,
      lineStyle: { color: theme.strong_line, width: 1.2, type: off_percent === 0 ? 'solid' : 'dashed' },
      itemStyle: { color: theme.strong_line },
      data: [from, to],
    };
  }
  function prediction_points(panel, { name, color, points }, index, place, interval) {
    const common = { name, xAxisIndex: panel, yAxisIndex: panel, itemStyle: { color } };
    return [
      { ...common, type: 'custom', renderItem: interval_mark, silent: true, clip: true, z: 2,
        encode: { x: [0, 2], y: [1, 3] }, data: points.map(interval) },
      {
        ...common, type: 'scatter', symbolSize: 9, symbol: ['circle', 'rect', 'triangle', 'diamond'][index % 4], z: 3,
        itemStyle: { color, opacity: 0.85, borderColor: theme.card, borderWidth: 1 },
        data: points.map(place),
      },
    ];
  }
  function prediction_tooltip(title, point) {
    const error = error_of(point, point.measured.ms) / 100;
    return tooltip_of(title, [['measured', figure(point.measured)], ['predicted', ms(point.predicted_ms)],
      ['error', (error > 0 ? '+' : '') + percent(error)]]);
  }
  // Of groups [{ name, color, points }]. `title_of` a point heads its tooltip.
  function predictions_option(id, width, all_groups, title_of) {
    const groups = all_groups
      .map((group) => ({ ...group, points: group.points.filter((p) => p.measured.ms > 0 && p.predicted_ms > 0) }))
      .filter((group) => group.points.length > 0);
    const points = groups.flatMap((group) => group.points);
    if (points.length === 0) return { height: 0 };
    show_legend(id, [...groups.map(({ name, color }) => [name, color]), ['no error', theme.strong_line, 'line'],
      ['10 % off', theme.strong_line, 'dashed']]);
    const time = range_of(Math.min(...points.map((point) => Math.min(low_of(point), point.predicted_ms))),
      Math.max(...points.map((point) => Math.max(high_of(point), point.predicted_ms))));
    const lowest = Math.max(time.min, 0);
    const most = Math.max(12, ...points.map((point) => Math.abs(error_of(point, point.measured.ms)))) * 1.1;
    const end = Math.ceil(most / 10) * 10;
    const error = { type: 'value', min: -end, max: end, ticks: [-end, -end / 2, 0, end / 2, end] };
    const is_stacked = is_narrow();
    const left = is_stacked ? { left: 52, right: 14, top: 12, height: kPredictionsHeight - 66 }
      : { left: 52, right: width / 2 + 12, top: 12, bottom: 44 };
    const right = is_stacked ? { left: 52, right: 14, top: kPredictionsHeight + 12, height: kPredictionsHeight - 66 }
      : { left: width / 2 + 44, right: 14, top: 12, bottom: 44 };
    return {
      height: is_stacked ? 2 * kPredictionsHeight : kPredictionsHeight,
      grid: [left, right],
      tooltip: {
        ...tooltip(), trigger: 'item',
        formatter: ({ seriesName, dataIndex }) => {
          const point = groups.find((group) => group.name === seriesName).points[dataIndex];
          return prediction_tooltip(title_of(point), point);
        },
      },
      xAxis: [0, 1].map((panel) => named_axis(panel, 'measured, ms', 28, time, plain)),
      yAxis: [named_axis(0, 'predicted, ms', 36, time, plain),
        named_axis(1, 'error of the prediction, %', 36, error, (value) => (value > 0 ? `+${value}` : value))],
      series: [
        ...[-10, 0, 10].map((off) => guide(0, off, ...[lowest, time.max].map((at) => [at, at * (1 + off / 100)]))),
        ...[-10, 0, 10].map((off) => guide(1, off, [lowest, off], [time.max, off])),
        ...groups.flatMap((group, index) => [
          ...prediction_points(0, group, index, (point) => [point.measured.ms, point.predicted_ms],
            (point) => [low_of(point), point.predicted_ms, high_of(point), point.predicted_ms]),
          ...prediction_points(1, group, index,
            (point) => [point.measured.ms, error_of(point, point.measured.ms)],
            (point) => [point.measured.ms, error_of(point, low_of(point)), point.measured.ms,
              error_of(point, high_of(point))]),
        ]),
      ],
    };
  }

  const drawn = new Map();
  function draw(id, option_for) {
    const element = document.getElementById(id);
    if (!element) return;
    const zoom = drawn.get(id)?.getOption().dataZoom?.[0];
    drawn.get(id)?.dispose();
    const { height, ...option } = option_for(element.clientWidth);
    element.style.height = `${height}px`;
    const chart = echarts.init(element, null, { renderer: 'svg' });
    chart.setOption({ animation: false, textStyle: { fontFamily: theme.font }, ...option });
    if (zoom) chart.dispatchAction({ type: 'dataZoom', start: zoom.start, end: zoom.end });
    drawn.set(id, chart);
  }
  // Draws each chart that has a place on the page, and again whenever the width or the theme changes. By id: what
  // makes, of a width in pixels, the option of ECharts and the height of the chart.
  function draw_always(option_by_id) {
    const draw_all = () => {
      read_theme();
      for (const [id, option_for] of Object.entries(option_by_id)) draw(id, option_for);
      root.setAttribute('data-charts', [...drawn.keys()].join(' '));
    };
    root.classList.add('has-charts');
    draw_all();
    let width = innerWidth;
    addEventListener('resize', () => {
      if (innerWidth === width) return;  // a phone hides its address bar
      width = innerWidth;
      requestAnimationFrame(draw_all);
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw_all);
    matchMedia('print').addEventListener('change', draw_all);
  }

  return {
    data, theme, is_narrow, digits, ms, percent, plain, figure, new_element, show_legend, tooltip_of, tooltip,
    round_steps, range_of, axis_style, plain_axis, named_axis, zoom_of, predictions_option, draw, draw_always,
  };
})();
