// Draws the charts of a JALAD page from #data: what codecs cost at each cut, who wins where, and what latency it makes.
(() => {
  'use strict';
  const {
    data, theme, is_narrow, ms, percent, plain, digits, new_element, show_legend, tooltip_of, tooltip, range_of,
    round_steps, axis_style, named_axis, draw, draw_always,
  } = charts;
  const points = (value) => `${value.toFixed(2)} points`;
  const bits = (value) => `${digits(value)} bits`;
  const mbps = (value) => `${plain(Number(value.toPrecision(3)))} Mbit/s`;
  const kPoints = data.points === 1 ? '1 point' : `${data.points} points`;

  // The colour (of theme.series) and the symbol of each codec, on every chart.
  const kCodecs = {
    klevel: { name: 'Tandem', series: 0, symbol: 'circle', is_own: true },
    jalad: { name: 'JALAD', series: 4, symbol: 'rect' },
    'int8+zstd': { name: '8 bits, Zstandard', series: 2, symbol: 'triangle' },
    'int8+lz4': { name: '8 bits, LZ4', series: 3, symbol: 'diamond' },
    int8: { name: '8 bits', series: 1, symbol: 'triangle' },
    fp16: { name: 'float16', series: 6, symbol: 'rect' },
    png: { name: 'PNG', series: 5, symbol: 'diamond' },
    jpeg: { name: 'JPEG', series: 1, symbol: 'circle' },
    uint8: { name: 'bytes', series: 6, symbol: 'diamond' },
    lossless: { name: 'without loss', series: 2, symbol: 'circle' },
  };
  const codec_of = (family) => kCodecs[family] ?? { name: family, series: 6, symbol: 'circle' };

  const choice_of = (id) => document.getElementById(`${id}-choice`);
  const chosen = (id) => Math.max(0, Number(choice_of(id)?.value ?? 0));

  function swatch(text, color, name) {
    return [text, color, name];
  }
  function line_series({ name, series, symbol, is_own }, values) {
    const color = theme.series[series];
    return {
      type: 'line', name, data: values, symbol, symbolSize: is_own ? 9 : 8, showAllSymbol: true, cursor: 'default',
      itemStyle: { color, opacity: 1 }, lineStyle: { color, width: is_own ? 3 : 1.6 }, z: is_own ? 4 : 3,
    };
  }
  function bound_line(value) {
    return {
      silent: true, symbol: 'none', animation: false, label: { show: false },
      lineStyle: { color: theme.strong_line, width: 1.2, type: 'dashed' }, data: [{ yAxis: value }],
    };
  }

  // Rates: the settings of each codec on one tensor. Thin lines reach to the upper end of the interval.
  const kRatesHeight = 400;

  function families_of(tensor) {
    const families = new Map();
    for (const point of tensor.points) {
      if (!(point.bits > 0)) continue;
      if (!families.has(point.family)) families.set(point.family, []);
      families.get(point.family).push(point);
    }
    for (const group of families.values()) group.sort((a, b) => a.bits - b.bits);
    return [...families];
  }
  function whisker(parameters, api) {
    const [from, to] = [api.coord([api.value(0), api.value(1)]), api.coord([api.value(0), api.value(2)])];
    return {
      type: 'line', shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
      style: { stroke: api.visual('color'), lineWidth: 1, opacity: 0.5 },
    };
  }
  function rates_tooltip(families, { seriesName, dataIndex }) {
    const [, group] = families.find(([family]) => codec_of(family).name === seriesName);
    const point = group[dataIndex];
    return tooltip_of(point.codec, [
      ['bits per element', digits(point.bits)], ['lost, worst exit', points(point.loss_points)],
      ['at most (95 %)', points(point.loss_high_points)], ['lost, last exit', points(point.last_exit_loss_points)],
      ['lost on the calibration part', points(point.calibration_loss_points)],
      ['answers differently', `${point.disagreement_percent.toFixed(1)} %`],
    ]);
  }
  function rates_option() {
    const tensor = data.rates[chosen('rates')];
    if (!tensor) return { height: 0 };
    const families = families_of(tensor);
    if (families.length === 0) return { height: 0 };
    show_legend('rates', [...families.map(([family]) => swatch(codec_of(family).name, theme.series[codec_of(family).series])),
      swatch(`${kPoints} lost`, theme.strong_line, 'dashed')]);
    const all = families.flatMap(([, group]) => group);
    const x = round_steps(Math.min(...all.map((point) => point.bits)), Math.max(...all.map((point) => point.bits)),
      [1, 2, 5]);
    const most = Math.max(1.5 * data.points, ...all.map((point) => point.loss_points));
    const least = Math.min(0, ...all.map((point) => point.loss_points));
    return {
      height: kRatesHeight,
      grid: { left: 58, right: 14, top: 12, bottom: 44 },
      tooltip: { ...tooltip(), trigger: 'item', formatter: (item) => rates_tooltip(families, item) },
      xAxis: named_axis(0, 'bits per element', 28, { type: 'log', min: x[0], max: x.at(-1), ticks: x }, plain),
      yAxis: named_axis(0, 'points lost on the test part', 40,
        { type: 'value', min: Math.floor(least), max: Math.ceil(1.1 * most) }, plain),
      series: [
        ...families.map(([family, group], index) => ({
          ...line_series(codec_of(family), group.map((point) => [point.bits, point.loss_points])),
          ...(index === 0 ? { markLine: bound_line(data.points) } : {}),
        })),
        ...families.map(([family, group]) => ({
          type: 'custom', name: `${codec_of(family).name} interval`, renderItem: whisker, silent: true, clip: true,
          z: 2, itemStyle: { color: theme.series[codec_of(family).series] }, encode: { x: 0, y: [1, 2] },
          data: group.map((point) => [point.bits, point.loss_points, point.loss_high_points]),
        })),
      ],
    };
  }

  // Bits at each cut of one network.
  const kBitsHeight = 400;
  const kCompared = [['ours', 'klevel'], ['jalad', 'jalad'], ['int8_zstd', 'int8+zstd']];
  const subject_of = ({ network, exits }) => JSON.stringify([network, exits]);
  const subjects = [...new Set(data.cuts.map(subject_of))];

  function bits_tooltip(cut) {
    return tooltip_of(cut.tensor, kCompared.map(([key, family]) => (
      [codec_of(family).name, `${bits(cut[key].bits)} · ${points(cut[key].loss_points)} lost`])));
  }
  function bits_option() {
    const cuts = data.cuts.filter((cut) => subject_of(cut) === subjects[chosen('bits')]);
    if (cuts.length === 0) return { height: 0 };
    show_legend('bits', [...kCompared.map(([, family]) => (
      swatch(codec_of(family).name, theme.series[codec_of(family).series]))),
    swatch('1 bit', theme.strong_line, 'dashed')]);
    const all = cuts.flatMap((cut) => kCompared.map(([key]) => cut[key].bits)).filter((value) => value > 0);
    const steps = round_steps(Math.min(0.9, ...all), Math.max(...all), [1, 2, 5]);
    const style = axis_style();
    return {
      height: kBitsHeight,
      grid: { left: 58, right: 14, top: 12, bottom: 96 },
      tooltip: {
        ...tooltip(), trigger: 'axis', axisPointer: { type: 'line', lineStyle: { color: theme.strong_line } },
        formatter: ([first]) => bits_tooltip(cuts[first.dataIndex]),
      },
      xAxis: {
        ...style, type: 'category', data: cuts.map((_, index) => String(index)),
        axisLine: { ...style.axisLine, onZero: false },
        axisLabel: {
          ...style.axisLabel, rotate: 45, width: 110, overflow: 'truncate', hideOverlap: true,
          formatter: (index) => cuts[Number(index)].tensor,
        },
      },
      yAxis: named_axis(0, 'bits per element', 40, { type: 'log', min: steps[0], max: steps.at(-1), ticks: steps },
        plain),
      series: kCompared.map(([key, family], index) => ({
        ...line_series(codec_of(family), cuts.map((cut) => (cut[key].bits > 0 ? cut[key].bits : '-'))),
        ...(index === 0 ? { markLine: bound_line(1) } : {}),
      })),
    };
  }

  // The map: who wins each cell; the more a split gains, the stronger its colour.
  const kRow = 21, kStrongGain = 60;
  const winners = () => [
    { name: 'device', color: theme.series[6], opacity: 0.45 }, { name: 'edge', color: theme.series[5], opacity: 0.45 },
    { name: 'cloud', color: theme.series[0], opacity: 0.45 }, { name: 'split', color: theme.series[4], opacity: 1 },
  ];

  function strength(cell, { opacity }) {
    if (cell.winner !== 'split') return opacity;
    return 0.35 + 0.65 * Math.min(1, cell.gain_percent / kStrongGain);
  }
  function map_tooltip(cell) {
    const rows = [['wins', cell.winner], ['whole on one machine', ms(cell.native_ms)]];
    if (cell.winner === 'split') {
      rows.push(['split', ms(cell.latency_ms)], ['gain', percent(cell.gain_percent / 100)]);
    }
    return tooltip_of(`${cell.network}, ${mbps(cell.mbps)}`, rows);
  }
  function map_option() {
    const encoding = data.map.encodings[chosen('map')];
    if (!encoding || encoding.cells.length === 0) return { height: 0 };
    const kinds = winners();
    show_legend('map', kinds.map(({ name, color }) => (
      swatch(name === 'split' ? 'split (stronger: gains more)' : `all on the ${name}`, color))));
    const networks = [...data.map.networks].reverse();
    const column = new Map(data.map.bandwidths_mbps.map((value, index) => [value, index]));
    const row = new Map(networks.map((name, index) => [name, index]));
    const { cells } = encoding;
    const draw_cell = (parameters, api) => {
      const [x, y] = api.coord([api.value(0), api.value(1)]);
      const [width, height] = api.size([1, 1]);
      const cell = cells[parameters.dataIndex];
      const kind = kinds.find(({ name }) => name === cell.winner) ?? kinds[0];
      return {
        type: 'rect', shape: { x: x - width / 2 + 0.5, y: y - height / 2 + 0.5, width: width - 1, height: height - 1 },
        style: { fill: kind.color, opacity: strength(cell, kind) },
      };
    };
    const style = axis_style();
    const label = { ...style.axisLabel, overflow: 'truncate' };
    return {
      height: networks.length * kRow + 60,
      grid: { left: is_narrow() ? 92 : 132, right: 14, top: 8, bottom: 48 },
      tooltip: { ...tooltip(), trigger: 'item', formatter: ({ dataIndex }) => map_tooltip(cells[dataIndex]) },
      xAxis: {
        ...style, type: 'category', data: data.map.bandwidths_mbps.map((value) => plain(Number(value.toPrecision(2)))),
        name: 'bandwidth, Mbit/s', nameGap: 28, nameLocation: 'middle', splitLine: { show: false },
      },
      yAxis: {
        ...style, type: 'category', data: networks, splitLine: { show: false },
        axisLabel: { ...label, interval: 0, width: is_narrow() ? 84 : 124 },
      },
      series: [{
        type: 'custom', name: 'cells', renderItem: draw_cell, cursor: 'default', encode: { x: 0, y: 1 },
        data: cells.map((cell) => [column.get(cell.mbps), row.get(cell.network)]),
      }],
    };
  }

  // Latency: a line for each method.
  const kLatencyHeight = 420;
  const kMethodStyles = [
    { series: 6, symbol: 'rect' }, { series: 3, symbol: 'diamond' }, { series: 5, symbol: 'triangle' },
    { series: 1, symbol: 'circle' }, { series: 4, symbol: 'rect' }, { series: 0, symbol: 'circle', is_own: true },
  ];
  const methods = data.methods.map(({ name, about }, index) => (
    { name, about, ...kMethodStyles[index % kMethodStyles.length] }));
  const shown = new Set(methods);

  function latency_tooltip(of, at) {
    return tooltip_of(mbps(at), methods.filter((method) => shown.has(method)).map((method) => {
      const row = of(method, at);
      if (!row) return [method.name, '–'];
      const time = row.latency_ms === null ? '–' : ms(row.latency_ms);
      return [method.name, `${time} · ${row.sent === '' ? row.plan : row.sent}`];
    }));
  }
  function latency_option() {
    const network = data.latency[chosen('latency')];
    if (!network || network.rows.length === 0) return { height: 0 };
    const rows = new Map(network.rows.map((row) => [JSON.stringify([row.method, row.mbps]), row]));
    const of = (method, at) => rows.get(JSON.stringify([method.name, at]));
    const latencies = network.rows.flatMap((row) => (row.latency_ms === null ? [] : [row.latency_ms]));
    const speeds = data.bandwidths_mbps;
    return {
      height: kLatencyHeight,
      grid: { left: 62, right: 14, top: 12, bottom: 44 },
      tooltip: {
        ...tooltip(), trigger: 'axis', axisPointer: { type: 'line', lineStyle: { color: theme.strong_line } },
        formatter: ([first]) => latency_tooltip(of, speeds[first.dataIndex]),
      },
      xAxis: named_axis(0, 'bandwidth, Mbit/s', 28,
        { type: 'log', min: speeds[0] / 1.15, max: speeds.at(-1) * 1.15, ticks: speeds }, plain),
      yAxis: named_axis(0, 'latency, ms', 46, range_of(Math.min(...latencies), Math.max(...latencies)), plain),
      series: methods.filter((method) => shown.has(method)).map((method) => (
        line_series(method, speeds.map((at) => [at, of(method, at)?.latency_ms ?? '-'])))),
    };
  }
  function add_method_legend(redraw) {
    document.getElementById('latency-legend').replaceChildren(...methods.map((method) => {
      const button = new_element('button', method.name, method.is_own ? 'own' : '');
      const mark = new_element('span');
      const show_state = () => button.setAttribute('aria-pressed', String(shown.has(method)));
      mark.style.setProperty('--swatch', `var(--series-${method.series})`);
      button.type = 'button';
      button.title = method.about;
      button.prepend(mark);
      button.addEventListener('click', () => {
        if (!shown.delete(method)) shown.add(method);
        show_state();
        redraw();
      });
      show_state();
      return button;
    }));
  }

  const options = { rates: rates_option, bits: bits_option, map: map_option, latency: latency_option };
  draw_always(options);
  for (const id of Object.keys(options)) choice_of(id)?.addEventListener('change', () => draw(id, options[id]));
  add_method_legend(() => draw('latency', latency_option));
})();
