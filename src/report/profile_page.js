// Draws the charts of a profile page from #data.
(() => {
  'use strict';
  const {
    data, theme, is_narrow, digits, ms, percent, show_legend, tooltip_of, tooltip, round_steps, axis_style,
    plain_axis, zoom_of, predictions_option, draw_always,
  } = charts;
  const { color_of, target_entries, plans_option } = plan_bars;
  function bytes(value) {
    let unit = 'B';
    for (const larger of ['KB', 'MB', 'GB']) {
      if (Math.abs(value) < 999.5) break;
      value /= 1000;
      unit = larger;
    }
    return unit === 'B' ? `${Math.round(value)} B` : `${digits(value)} ${unit}`;
  }
  const axis_bytes = (value) => bytes(value).replace(/\.0+(?= )/, '');

  // Layers: a panel for each target, one above the other, over the same layers. A cut after layer i stands at i + ½.
  const kPanelHeight = 170, kPanelGap = 84, kPanelTop = 58, kPanelLeft = 46, kPanelRight = 58;
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
  // The rows above a panel have room for a few labels: the best plan's first, then in the order of plans. The tables
  // name every cut.
  const kLabelRows = 2, kLabelRowHeight = 12, kDigitWidth = 7;

  function place_labels(cuts, pixels_per_layer) {
    const rows = [...Array(kLabelRows)].map(() => []);
    for (const cut of [...cuts].sort((a, b) => b.is_best - a.is_best || a.plans[0] - b.plans[0])) {
      const reach = (cut.text.length * kDigitWidth) / 2 + 2;
      const at = cut.position * pixels_per_layer;
      const row = rows.findIndex((taken) => taken.every((other) => Math.abs(other.at - at) > other.reach + reach));
      if (row >= 0) rows[row].push({ at, reach });
      cut.row = row;
    }
  }
  function cut_lines(width) {
    const cuts = plan_cuts().map(([position, plans]) => ({
      position, plans, is_best: plans.some((index) => data.plans[index].is_best),
      text: plans.map((index) => index + 1).slice(0, 3).join(', ') + (plans.length > 3 ? ', …' : ''),
    }));
    place_labels(cuts, (width - kPanelLeft - kPanelRight) / data.layers.length);
    return {
      symbol: 'none', silent: true, animation: false,
      data: cuts.map(({ position, is_best, text, row }) => ({
        xAxis: position - 0.5,
        lineStyle: { color: is_best ? theme.mark : theme.strong_line, type: 'dashed', width: is_best ? 1.6 : 1 },
        label: {
          show: row >= 0, formatter: text, color: is_best ? theme.mark : theme.muted,
          fontWeight: is_best ? 'bold' : 'normal', fontSize: 11, distance: 3 + row * kLabelRowHeight,
        },
      })),
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
  // At most `most` characters; the middle gives way, since names often differ at their ends.
  function shortened(text, most) {
    const characters = [...text], kept = Math.max(Math.floor(most), 5) - 1;
    if (characters.length <= kept + 1) return text;
    const front = Math.ceil(kept / 2);
    return `${characters.slice(0, front).join('')}…${characters.slice(front - kept).join('')}`;
  }
  function panel_title(target, width) {
    const how = target.is_predicted ? ' predicted' : '';
    const time = is_narrow() ? `${ms(target.whole_ms)}${how}`
      : `${ms(target.whole_ms)}${how} for the whole model, ${half_of_time(target)}`;
    return `${shortened(target.name, width / 8.6 - time.length - 3)}   ${time}`;
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
    const top = kPanelTop + index * (kPanelHeight + kPanelGap);
    const after = data.layers.map((layer, i) => [i + 0.5, layer.bytes_after > 0 ? layer.bytes_after : '-']);
    const sizes = data.layers.flatMap((layer) => (layer.bytes_after > 0 ? [layer.bytes_after] : []));
    const is_last = index === data.targets.length - 1;
    const has_dots = width / count > 3;
    return {
      title: {
        text: panel_title(target, width - 100), left: 0, top: top - 49, padding: 0,
        textStyle: { fontSize: 13, fontWeight: 600, color: theme.text, width: width - 100, overflow: 'truncate' },
      },
      grid: { left: kPanelLeft, right: kPanelRight, top, height: kPanelHeight },
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
        itemStyle: { color }, data: target.layer_ms.map((time, i) => [i, time]), markLine: cut_lines(width), z: 2,
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
      dataZoom: zoom_of(all),
      series: panels.flatMap((panel) => [panel.bars, panel.line]),
    };
  }

  // Checks: stages that were timed, by target.
  function checks_option(width) {
    const names = [...new Set(data.checks.map((check) => check.target))];
    const groups = names.map((name) => (
      { name, color: color_of(name), points: data.checks.filter((check) => check.target === name) }));
    return predictions_option('checks', width, groups, (check) => `${check.target}   layers ${check.layers}`);
  }

  draw_always({ plans: plans_option, layers: layers_option, checks: checks_option });
})();
