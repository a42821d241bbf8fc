#include "plan/solve/label.h"

namespace tandem::plan {

std::uint64_t needed_sets_with(const Query& query, std::size_t target) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < query.needed.size(); ++i) {
    if (std::ranges::find(query.needed[i], target) != query.needed[i].end()) bits |= std::uint64_t{1} << i;
  }
  return bits;
}

BlockStep block_step(const Query& query, std::size_t rank, std::size_t target, bool begins, double memory_bytes) {
  const std::size_t phase = query.scenario.phase[rank];
  const auto added_to = [&](const Functional& functional) {
    return query.block_cost(functional, rank, target) + query.begin_cost(functional, rank, target, begins);
  };
  return {values_of(query, added_to),
          query.busy_reach(phase, target) * (query.block_ms(rank, target) + query.begin_ms(rank, target, begins)),
          memory_bytes,
          needed_sets_with(query, target),
          query.period_limit,
          query.memory_limit[target]};
}

HopStep hop_step(const Query& query, std::size_t link, std::size_t cut) {
  const Link& costs = query.problem->links[link];
  const std::size_t phase = query.scenario.phase[cut];
  return {values_of(query, [&](const Functional& functional) { return query.hop_cost(functional, link, phase); }),
          query.link_reach(phase, link) * Times::download_ms(costs, query.problem->answer_bytes),
          static_cast<std::uint32_t>(costs.to), query.period_limit};
}

bool extend(Label& label, const BlockStep& block) {
  label.values.add(block.values);
  label.stage_ms += block.busy_ms;
  label.memory_bytes += block.memory_bytes;
  label.used |= block.used;
  return is_within(label.stage_ms, block.period_limit) && is_within(label.memory_bytes, block.memory_limit);
}

bool extend(Label& label, const HopStep& hop, const FrontierOption& option) {
  label.values.add(hop.values);
  label.values.add(option.values);
  label.busiest_ms = std::max({label.busiest_ms, label.stage_ms + option.encode_ms, option.upload_ms, hop.answer_ms});
  label.stage_ms = option.decode_ms;
  label.memory_bytes = 0;
  label.target = hop.to;
  return is_within(label.busiest_ms, hop.period_limit);
}

}  // namespace tandem::plan
