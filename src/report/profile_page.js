// Draws the charts of a profile page from #data. Names in it come from models: they reach the page as text only.
(() => {
  'use strict';
  const root = document.documentElement;
  const report_error = (what) => root.setAttribute('data-error', what);
  addEventListener('error', (event) => report_error(event.message));
  document.addEventListener('securitypolicyviolation', (event) => report_error(`blocked: ${event.blockedURI}`));

  const data = JSON.parse(document.getElementById('data').textContent);
  const target_index = new Map(data.targets.map((target, index) => [target.name, index]));
  const is_narrow = () => innerWidth < 600;
  let theme;

  function read_theme() {
    const style = getComputedStyle(root);
    const color = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      text: color('text'), muted: color('muted'), card: color('card'), line: color('line'),
      strong_line: color('strong-line'), exchange: color('exchange'), mark: color('mark'),
      targets: [0, 1, 2, 3, 4, 5].map((index) => color(`target-${index}`)),
      font: getComputedStyle(document.body).fontFamily,
    };
  }
  function color_of(target) {
    if (!target_index.has(target)) target_index.set(target, target_index.size);  // in a plan, but not profiled
    return theme.targets[target_index.get(target) % theme.targets.length];
  }

  // Three significant digits.
  function digits(value) {
    const size = Math.abs(value);
    return value.toFixed(size >= 99.95 || size === 0 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
  }
  const ms = (value) => (value < 9995 ? `${digits(value)} ms` : `${digits(value / 1000)} s`);
  function bytes(value) {
    let unit = 'B';
    for (const larger of ['KB', 'MB', 'GB']) {
      if (Math.abs(value) < 999.5) break;
      value /= 1000;
      unit = larger;
    }
    return unit === 'B' ? `${Math.round(value)} B` : `${digits(value)} ${unit}`;
  }
  const percent = (share) => `${(100 * share).toFixed(Math.abs(share) < 0.0995 ? 1 : 0)} %`;
  const plain = (value) => String(Number(value.toPrecision(6)));  // of an axis
  const axis_bytes = (value) => bytes(value).replace(/\.0+(?= )/, '');
  const figure = (value) => ms(value.ms) + (value.high_ms > 0 ? ` (${ms(value.low_ms)} to ${ms(value.high_ms)})` : '');

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
  const target_entries = (names) => names.map((name) => [name, color_of(name)]);

  // Plans: a stack of computing and exchanging each, its name above it.
  const kBarHeight = 16, kPlanHeight = 50;

  function plan_name(plan, index) {
    const time = plan.measured ? `${ms(plan.predicted_ms)}, measured ${ms(plan.measured.ms)}` : ms(plan.predicted_ms);
    return `${index + 1}   ${plan.label}   ${time}${plan.is_best ? '   best' : ''}`;
  }
  function plan_tooltip(plan, index) {
    const rows = [['predicted', ms(plan.predicted_ms)]];
    if (plan.measured) rows.push(['measured', figure(plan.measured)]);
    for (const stage of plan.stages) {
      if (stage.compute_ms > 0) rows.push([stage.target, ms(stage.compute_ms)]);
      if (stage.exchange_ms > 0) rows.push(['exchange', ms(stage.exchange_ms)]);
    }
    return tooltip_of(`${index + 1}   ${plan.label}`, rows);
  }
  function plan_series() {
    const depth = Math.max(...data.plans.map((plan) => plan.stages.length));
    const bar = (values) => ({ type: 'bar', stack: 'plan', barWidth: kBarHeight, data: values, cursor: 'default' });
    const series = [];
    for (let k = 0; k < depth; ++k) {
      series.push(bar(data.plans.map(({ stages }) => stages[k] && {
        value: stages[k].compute_ms,
        itemStyle: { color: color_of(stages[k].target), borderColor: theme.card, borderWidth: 0.5 },
      })));
      series.push(bar(data.plans.map(({ stages }) => stages[k] && {
        value: stages[k].exchange_ms,
        itemStyle: {
          color: theme.card, borderColor: theme.exchange, borderWidth: stages[k].exchange_ms > 0 ? 1 : 0,
          decal: { symbol: 'rect', color: theme.exchange, dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: -0.785 },
        },
      })));
    }
    series.push({
      type: 'scatter', symbol: 'diamond', symbolSize: 13, cursor: 'default', z: 5,
      itemStyle: { color: theme.mark, borderColor: theme.card, borderWidth: 1.5, opacity: 1 },
      data: data.plans.flatMap((plan, index) => (plan.measured ? [[plan.measured.ms, index]] : [])),
    });
    return series;
  }
  // Invisible points at 0 that carry the text above each bar.
  function plan_names(width) {
    return {
      type: 'scatter', symbolSize: 0, silent: true, z: 6, itemStyle: { opacity: 1 },
      data: data.plans.map((plan, index) => ({
        value: [0, index],
        label: {
          show: true, position: 'right', distance: 0, offset: [-2, -kBarHeight / 2 - 10], fontSize: 13,
          color: theme.text,
          textBorderColor: theme.card, textBorderWidth: 3,
          fontWeight: plan.is_best ? 'bold' : 'normal', width: width - 24, overflow: 'truncate',
          formatter: () => plan_name(plan, index),
        },
      })),
    };
  }
  function plans_option(width) {
    const stages = data.plans.flatMap((plan) => plan.stages);
    const names = [...new Set(stages.filter((stage) => stage.compute_ms > 0).map((stage) => stage.target))];
    const has_exchange = stages.some((stage) => stage.exchange_ms > 0);
    const is_measured = data.plans.some((plan) => plan.measured);
    show_legend('plans', [...target_entries(names), ...(has_exchange ? [['exchange', theme.exchange, 'hatched']] : []),
      ...(is_measured ? [['measured', theme.mark, 'mark']] : [])]);
    return {
      height: data.plans.length * kPlanHeight + 54,
      grid: { left: 6, right: 14, top: 10, bottom: 44 },
      tooltip: {
        ...tooltip(), trigger: 'axis', axisPointer: { type: 'shadow', shadowStyle: { opacity: 0.5 } },
        formatter: ([first]) => plan_tooltip(data.plans[first.dataIndex], first.dataIndex),
      },
      xAxis: { type: 'value', name: 'ms for a request', nameLocation: 'middle', nameGap: 28, min: 0, ...plain_axis() },
      yAxis: {
        type: 'category', inverse: true, axisLine: { show: false }, axisTick: { show: false },
        axisLabel: { show: false },
        data: data.plans.map((_, index) => String(index)),
      },
      series: [...plan_series(), plan_names(width)],
    };
  }

  // Layers: a panel for each target, one above the other, over the same layers. A cut after layer i stands at i + ½.
  const kPanelHeight = 170, kPanelGap = 76;
  const sum_up_to = (values) => { let sum = 0; return values.map((value) => (sum += value)); };

  function layer_tooltip(index, targets) {
    const layer = data.layers[index];
    const rows = [];
    for (const { name, kernel_first, layer_ms, so_far_ms, total_ms } of targets) {
      const first = kernel_first[index];
      const with_share = (time) => `${ms(time)}, ${percent(time / total_ms)}`;
      rows.push([name, first === index ? with_share(layer_ms[index]) : `in the kernel of layer ${first}`]);
      rows.push(['up to here', with_share(so_far_ms[index])]);
    }
    if (layer.bytes_after === null) {
      rows.push(['after it', 'no cut']);
    } else {
      const tensors = `${layer.cut_tensors} tensor${layer.cut_tensors === 1 ? '' : 's'}`;
      rows.push(['bytes after it', `${bytes(layer.bytes_after)}, ${tensors}`]);
    }
    return tooltip_of(`${index}   ${layer.name}   ${layer.op_type}`, rows);
  }
  // Positions where plans cut, with the plans' numbers.
  function plan_cuts() {
    const cuts = new Map();
    data.plans.forEach((plan, index) => plan.cuts.forEach((cut) => cuts.set(cut, [...(cuts.get(cut) ?? []), index])));
    return [...cuts];
  }
  function cut_lines() {
    return {
      symbol: 'none', silent: true, animation: false,
      data: plan_cuts().map(([cut, plans]) => {
        const is_best = plans.some((index) => data.plans[index].is_best);
        return {
          xAxis: cut - 0.5,
          lineStyle: { color: is_best ? theme.mark : theme.strong_line, type: 'dashed', width: is_best ? 1.6 : 1 },
          label: {
            formatter: plans.map((index) => index + 1).slice(0, 3).join(', ') + (plans.length > 3 ? ', …' : ''),
            color: is_best ? theme.mark : theme.muted, fontWeight: is_best ? 'bold' : 'normal', fontSize: 11,
            distance: 3,
          },
        };
      }),
    };
  }
  function half_of_time(target) {
    let sum = 0, count = 0;
    for (const time of [...target.layer_ms].sort((a, b) => b - a)) {
      if (sum >= target.total_ms / 2) break;
      sum += time;
      ++count;
    }
    return `${count} kernel${count === 1 ? ' takes' : 's take'} half of it`;
  }
  function panel_title(target) {
    const how = target.is_predicted ? ' predicted' : '';
    return is_narrow() ? `${target.name}   ${ms(target.whole_ms)}${how}`
      : `${target.name}   ${ms(target.whole_ms)}${how} for the whole model, ${half_of_time(target)}`;
  }
  function bytes_axis(sizes) {
    const low = Math.min(...sizes), high = Math.max(...sizes);
    const axis = {
      ...axis_style(), name: 'bytes after', nameLocation: 'end', nameGap: 26, splitLine: { show: false },
      nameTextStyle: { align: 'right', padding: [0, -58, 0, 0], color: theme.muted, fontSize: 12 },
      axisLine: { show: false }, axisTick: { show: false },
    };
    const label = { color: theme.muted, fontSize: 12, formatter: axis_bytes };
    if (!(high > 20 * low)) return { ...axis, type: 'value', min: 0, splitNumber: 3, axisLabel: label };
    const steps = round_steps(low, high, [1]);
    return { ...axis, type: 'log', min: steps[0], max: steps.at(-1), axisLabel: { ...label, customValues: steps } };
  }
  function layer_panel(target, index, width) {
    const count = data.layers.length;
    const color = color_of(target.name);
    const top = 50 + index * (kPanelHeight + kPanelGap);
    const after = data.layers.map((layer, i) => [i + 0.5, layer.bytes_after > 0 ? layer.bytes_after : '-']);
    const sizes = data.layers.flatMap((layer) => (layer.bytes_after > 0 ? [layer.bytes_after] : []));
    const is_last = index === data.targets.length - 1;
    const has_dots = width / count > 3;
    return {
      title: {
        text: panel_title(target), left: 0, top: top - 41, padding: 0,
        textStyle: { fontSize: 13, fontWeight: 600, color: theme.text, width: width - 100, overflow: 'truncate' },
      },
      grid: { left: 46, right: 58, top, height: kPanelHeight },
      xAxis: {
        ...axis_style(), type: 'value', gridIndex: index, min: -0.5, max: count - 0.5, minInterval: 1,
        splitLine: { show: false },
        axisLabel: { ...axis_style().axisLabel, formatter: (value) => (Number.isInteger(value) ? value : '') },
        name: is_last ? 'layer' : '', nameLocation: 'middle', nameGap: 22,
      },
      time: {
        ...plain_axis(), type: 'value', gridIndex: index, min: 0, splitNumber: 3, axisLine: { show: false },
        axisTick: { show: false },
        name: 'ms', nameGap: 10,
        nameTextStyle: { align: 'right', padding: [0, 8, 0, 0], color: theme.muted, fontSize: 12 },
      },
      bytes: { ...bytes_axis(sizes), gridIndex: index, position: 'right' },
      bars: {
        type: 'bar', name: target.name, xAxisIndex: index, yAxisIndex: 2 * index, cursor: 'default',
        barCategoryGap: '15%', barMinWidth: 2,
        itemStyle: { color }, data: target.layer_ms.map((time, i) => [i, time]), markLine: cut_lines(), z: 2,
      },
      line: {
        type: 'line', xAxisIndex: index, yAxisIndex: 2 * index + 1, data: after, connectNulls: true, symbol: 'circle',
        z: 3,
        symbolSize: 4, showSymbol: has_dots, showAllSymbol: true, cursor: 'default',
        itemStyle: { color: theme.muted }, lineStyle: { color: theme.muted, width: 1, opacity: 0.75 },
        areaStyle: { color: theme.muted, opacity: 0.1, origin: 'start' },
      },
    };
  }
  function layers_option(width) {
    const targets = data.targets.map((target) => {
      const so_far_ms = sum_up_to(target.layer_ms);
      return { ...target, so_far_ms, total_ms: so_far_ms.at(-1) || 1 };
    });
    show_legend('layers', [...target_entries(targets.map((target) => target.name)),
      ['bytes after a layer', theme.muted, 'line'],
      ...(plan_cuts().length ? [['where plans cut', theme.mark, 'dashed']] : [])]);
    const panels = targets.map((target, index) => layer_panel(target, index, width));
    const all = targets.map((_, index) => index);
    return {
      height: panels.length * (kPanelHeight + kPanelGap) + 62,
      title: panels.map((panel) => panel.title), grid: panels.map((panel) => panel.grid),
      xAxis: panels.map((panel) => panel.xAxis), yAxis: panels.flatMap((panel) => [panel.time, panel.bytes]),
      axisPointer: { link: [{ xAxisIndex: 'all' }], label: { show: false } },
      tooltip: {
        ...tooltip(), trigger: 'axis', axisPointer: { type: 'line', lineStyle: { color: theme.strong_line } },
        formatter: ([first]) => layer_tooltip(first.dataIndex, targets),
      },
      dataZoom: [
        {
          type: 'slider', xAxisIndex: all, bottom: 6, height: 24, filterMode: 'none', showDetail: false,
          brushSelect: false,
          borderColor: theme.line, fillerColor: 'rgba(128, 140, 152, 0.15)', backgroundColor: 'transparent',
          dataBackground: { lineStyle: { color: theme.exchange }, areaStyle: { color: theme.exchange } },
          selectedDataBackground: { lineStyle: { color: theme.exchange }, areaStyle: { color: theme.exchange } },
          moveHandleStyle: { color: theme.strong_line }, handleStyle: { color: theme.card, borderColor: theme.muted },
        },
        {
          type: 'inside', xAxisIndex: all, filterMode: 'none', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: false,
          preventDefaultMouseMove: false,
        },
      ],
      series: panels.flatMap((panel) => [panel.bars, panel.line]),
    };
  }

  // Checks: predicted over measured on the left, on the right by how much it missed; on a narrow screen one below the
  // other. Lines show the interval of what was measured.
  const kChecksHeight = 380;
  const error_of = (check, measured_ms) => 100 * (check.predicted_ms / measured_ms - 1);
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
  function time_range(checks) {
    const low = Math.min(...checks.map((check) => Math.min(low_of(check), check.predicted_ms)));
    const high = Math.max(...checks.map((check) => Math.max(high_of(check), check.predicted_ms)));
    if (high <= 10 * low) {
      const step = 10 ** Math.floor(Math.log10(high / 2));
      return { type: 'value', min: 0, max: Math.ceil((1.02 * high) / step) * step };
    }
    const steps = round_steps(low, high, [1, 2, 5]);
    const ticks = steps.length > 10 ? steps.filter((step) => /^[0.]*1/.test(plain(step))) : steps;
    return { type: 'log', min: steps[0], max: steps.at(-1), ticks };
  }
  function check_axis(panel, name, nameGap, { type, min, max, ticks }, formatter) {
    const style = axis_style();
    const at = ticks && { customValues: ticks };
    return {
      gridIndex: panel, type, min, max, name, nameGap, nameLocation: 'middle',
      axisLine: { ...style.axisLine, onZero: false },
      axisLabel: { ...style.axisLabel, formatter, ...at }, axisTick: { ...style.axisTick, ...at },
      splitLine: { ...style.splitLine, ...at }, nameTextStyle: style.nameTextStyle,
    };
  }
  function check_points(panel, name, index, checks, place, interval) {
    const common = { name, xAxisIndex: panel, yAxisIndex: panel, itemStyle: { color: color_of(name) } };
    return [
      { ...common, type: 'custom', renderItem: interval_mark, silent: true, clip: true, z: 2,
        encode: { x: [0, 2], y: [1, 3] }, data: checks.map(interval) },
      {
        ...common, type: 'scatter', symbolSize: 9, symbol: ['circle', 'rect', 'triangle', 'diamond'][index % 4], z: 3,
        itemStyle: { color: color_of(name), opacity: 0.85, borderColor: theme.card, borderWidth: 1 },
        data: checks.map(place),
      },
    ];
  }
  function check_tooltip(check) {
    const error = error_of(check, check.measured.ms) / 100;
    return tooltip_of(`${check.target}   layers ${check.layers}`, [['measured', figure(check.measured)],
      ['predicted', ms(check.predicted_ms)], ['error', (error > 0 ? '+' : '') + percent(error)]]);
  }
  function checks_option(width) {
    const checks = data.checks.filter((check) => check.measured.ms > 0 && check.predicted_ms > 0);
    if (checks.length === 0) return { height: 0 };
    const names = [...new Set(checks.map((check) => check.target))];
    const of_target = (name) => checks.filter((check) => check.target === name);
    show_legend('checks', [...target_entries(names), ['no error', theme.strong_line, 'line'],
      ['10 % off', theme.strong_line, 'dashed']]);
    const time = time_range(checks);
    const lowest = Math.max(time.min, 0);
    const most = Math.max(12, ...checks.map((check) => Math.abs(error_of(check, check.measured.ms)))) * 1.1;
    const error = { type: 'value', min: -Math.ceil(most / 5) * 5, max: Math.ceil(most / 5) * 5 };
    const is_stacked = is_narrow();
    const left = is_stacked ? { left: 52, right: 14, top: 12, height: kChecksHeight - 66 }
      : { left: 52, right: width / 2 + 12, top: 12, bottom: 44 };
    const right = is_stacked ? { left: 52, right: 14, top: kChecksHeight + 12, height: kChecksHeight - 66 }
      : { left: width / 2 + 44, right: 14, top: 12, bottom: 44 };
    return {
      height: is_stacked ? 2 * kChecksHeight : kChecksHeight,
      grid: [left, right],
      tooltip: {
        ...tooltip(), trigger: 'item',
        formatter: ({ seriesName, dataIndex }) => check_tooltip(of_target(seriesName)[dataIndex]),
      },
      xAxis: [0, 1].map((panel) => check_axis(panel, 'measured, ms', 28, time, plain)),
      yAxis: [check_axis(0, 'predicted, ms', 36, time, plain),
        check_axis(1, 'error of the prediction, %', 36, error, (value) => (value > 0 ? `+${value}` : value))],
      series: [
        ...[-10, 0, 10].map((off) => guide(0, off, ...[lowest, time.max].map((at) => [at, at * (1 + off / 100)]))),
        ...[-10, 0, 10].map((off) => guide(1, off, [lowest, off], [time.max, off])),
        ...names.flatMap((name, index) => [
          ...check_points(0, name, index, of_target(name), (check) => [check.measured.ms, check.predicted_ms],
            (check) => [low_of(check), check.predicted_ms, high_of(check), check.predicted_ms]),
          ...check_points(1, name, index, of_target(name),
            (check) => [check.measured.ms, error_of(check, check.measured.ms)],
            (check) => [check.measured.ms, error_of(check, low_of(check)), check.measured.ms,
              error_of(check, high_of(check))]),
        ]),
      ],
    };
  }

  const charts = new Map();
  function draw(id, option_for) {
    const element = document.getElementById(id);
    if (!element) return;
    const zoom = charts.get(id)?.getOption().dataZoom?.[0];
    charts.get(id)?.dispose();
    const { height, ...option } = option_for(element.clientWidth);
    element.style.height = `${height}px`;
    const chart = echarts.init(element, null, { renderer: 'svg' });
    chart.setOption({ animation: false, textStyle: { fontFamily: theme.font }, ...option });
    if (zoom) chart.dispatchAction({ type: 'dataZoom', start: zoom.start, end: zoom.end });
    charts.set(id, chart);
  }
  function draw_all() {
    theme = read_theme();
    draw('plans', plans_option);
    draw('layers', layers_option);
    draw('checks', checks_option);
    root.setAttribute('data-charts', [...charts.keys()].join(' '));
  }

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
})();
