// The chart of plans: a bar for each, by what its time is spent on. Used by the pages of profiles and of comparisons;
// #data has `targets`, in the order of the fleet, and `plans`.
const plan_bars = (() => {
  'use strict';
  const { data, theme, ms, figure, show_legend, tooltip_of, tooltip, plain_axis } = charts;

  const target_index = new Map(data.targets.map((target, index) => [target.name, index]));
  function color_of(target) {
    if (!target_index.has(target)) target_index.set(target, target_index.size);  // in a plan, but not profiled
    return theme.series[target_index.get(target) % theme.series.length];
  }
  const target_entries = (names) => names.map((name) => [name, color_of(name)]);

  // A stack of computing and exchanging for each plan, its name above it.
  const kBarHeight = 16, kPlanHeight = 50;
  const word_for_best = data.word_for_best ?? 'best';

  // Figures first: a long list of targets may be cut.
  function plan_name(plan, index) {
    const time = plan.measured ? `${ms(plan.predicted_ms)}, measured ${ms(plan.measured.ms)}` : ms(plan.predicted_ms);
    return `${index + 1}   ${plan.is_best ? `${word_for_best}   ` : ''}${time}   ${plan.label}`;
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
    return series;
  }
  // What was measured, and its interval.
  function interval_line(parameters, api) {
    const [from, to] = [api.coord([api.value(0), api.value(2)]), api.coord([api.value(1), api.value(2)])];
    return {
      type: 'line', shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, silent: true,
      style: { stroke: theme.mark, lineWidth: 2 },
    };
  }
  function measured_series() {
    const measured = data.plans.flatMap((plan, index) => (plan.measured ? [{ ...plan.measured, index }] : []));
    return [
      {
        type: 'custom', renderItem: interval_line, silent: true, z: 5, encode: { x: [0, 1], y: 2 },
        data: measured.map(({ low_ms, high_ms, index }) => [low_ms, high_ms, index]).filter(([, high]) => high > 0),
      },
      {
        type: 'scatter', symbol: 'diamond', symbolSize: 13, cursor: 'default', z: 5,
        itemStyle: { color: theme.mark, borderColor: theme.card, borderWidth: 1.5, opacity: 1 },
        data: measured.map(({ ms: time, index }) => [time, index]),
      },
    ];
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
      series: [...plan_series(), ...measured_series(), plan_names(width)],
    };
  }

  return { color_of, target_entries, plans_option };
})();
