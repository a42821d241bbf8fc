#include "plan/solve/bypass_load.h"

#include <algorithm>

namespace tandem::plan {

StageLoad::StageLoad(const Query& query, const std::vector<Bundle>& bundles)
    : query_(query), bundles_(bundles), inside_(bundles.size(), 0), reads_(query.scenario.tensors.size(), 0) {
  readers_.assign(reads_.size(), 0);
  maker_.assign(reads_.size(), kNone);
  for (std::size_t id = 0; id < bundles.size(); ++id) {
    for (const std::uint32_t tensor : bundles[id].reads) ++readers_[tensor];
    for (const std::uint32_t tensor : bundles[id].makes) maker_[tensor] = id;
  }
  for (std::size_t target = 0; target < query.target_count(); ++target) {
    for (const auto& tensor : query.scenario.tensors) {
      encode_.push_back(least(query.encodings_of(tensor), target, &Encoding::encode_ms));
      decode_.push_back(least(query.encodings_of(tensor), target, &Encoding::decode_ms));
    }
  }
}

void StageLoad::begin(std::size_t target) {
  target_ = target;
  work_ = query_.stage_ms(target);
  out_ = memory_ = 0;
  unsendable_ = 0;
  for (std::uint32_t id = 0; id < readers_.size() && target == 0; ++id) {
    if (maker_[id] == kNone && readers_[id] > 0) send(id, 1);
  }
}

void StageLoad::add(std::size_t block) {
  inside_[block] = 1;
  add_blocks(block, 1);
  for (const std::uint32_t id : bundles_[block].reads) {
    if (is_made_inside(id)) {
      if (++reads_[id] == readers_[id]) send(id, -1);
    } else if (++reads_[id] == 1) {
      receive(id, 1);
    }
  }
  for (const std::uint32_t id : bundles_[block].makes) send(id, 1);
}

void StageLoad::remove(std::size_t block) {
  for (const std::uint32_t id : bundles_[block].makes) send(id, -1);
  for (const std::uint32_t id : bundles_[block].reads) {
    if (is_made_inside(id)) {
      if (reads_[id]-- == readers_[id]) send(id, 1);
    } else if (--reads_[id] == 0) {
      receive(id, -1);
    }
  }
  add_blocks(block, -1);
  inside_[block] = 0;
}

double StageLoad::least(const std::vector<Encoding>& encodings, std::size_t target,
                        std::vector<double> Encoding::*times) const {
  double best = kUnlimited;
  for (const auto& encoding : encodings)
    best = std::min(best, (encoding.*times).empty() ? 0 : (encoding.*times)[target]);
  return best == kUnlimited ? best : best * query_.problem->targets[target].load;
}

void StageLoad::add_blocks(std::size_t bundle, int sign) {
  for (const std::size_t rank : bundles_[bundle].ranks) {
    work_ += sign * query_.block_ms(rank, target_);
    memory_ += sign * query_.memory_of(rank);
  }
}

void StageLoad::receive(std::uint32_t id, int sign) {
  const double ms = decode_[target_ * readers_.size() + id];
  if (ms == kUnlimited) unsendable_ += sign;
  if (ms != kUnlimited) work_ += sign * ms;
}

void StageLoad::send(std::uint32_t id, int sign) {
  const double ms = encode_[target_ * readers_.size() + id];
  if (ms == kUnlimited) unsendable_ += sign;
  if (ms != kUnlimited) out_ += sign * ms;
}

}  // namespace tandem::plan
