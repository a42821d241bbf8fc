// Draws the charts of a profile page from #data.
(() => {
  'use strict';
  const {
    data, theme, is_narrow, digits, ms, percent, figure, show_legend, tooltip_of, tooltip, round_steps, axis_style,
    plain_axis, zoom_of, predictions_option, draw_always,
  } = charts;
  const target_index = new Map(data.targets.map((target, index) => [target.name, index]));
  function color_of(target) {
    if (!target_index.has(target)) target_index.set(target, target_index.size);  // in a plan, but not profiled
    return theme.series[target_index.get(target) % theme.series.length];
  }
  const target_entries = (names) => names.map((name) => [name, color_of(name)]);

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
