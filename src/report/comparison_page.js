// Draws the charts of a comparison page from #data.
(() => {
  'use strict';
  const { data, theme, predictions_option, draw_always } = charts;
  const { plans_option } = plan_bars;

  function predictions(width) {
    const points = data.plans.filter((plan) => plan.measured);
    const groups = [
      { name: 'chosen plan', color: theme.series[0], points: points.filter((plan) => plan.is_best) },
      { name: 'one machine', color: theme.series[6], points: points.filter((plan) => !plan.is_best) },
    ];
    return predictions_option('predictions', width, groups, (plan) => plan.label);
  }

  draw_always({ plans: plans_option, predictions });
})();
