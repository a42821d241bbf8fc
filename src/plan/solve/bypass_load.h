// The load of a stage where tensors may go past targets: its own affair, for a search over ideals. Private to
// plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plan/solve/bundles.h"
#include "plan/solve/query.h"

namespace tandem::plan {

// A stage that grows block by block (of `bundles`). Its load, in ms: its blocks, decoding of all that it reads and
// others make, and encoding, once, of all that it makes and others read, each in the encoding that is cheapest there.
class StageLoad {
 public:
  StageLoad(const Query& query, const std::vector<Bundle>& bundles);

  void begin(std::size_t target);
  void add(std::size_t block);
  void remove(std::size_t block);  // the one added last

  // Of this stage, and the least of any that has more blocks besides.
  double load() const { return unsendable_ > 0 ? kUnlimited : (work_ + out_) / replicas(); }
  // Of a stage that runs nothing.
  double idle_load() const { return unsendable_ > 0 ? kUnlimited : out_ / replicas(); }
  double least_load() const { return work_ / replicas(); }
  double memory() const { return memory_; }

 private:
  double replicas() const { return static_cast<double>(query_.problem->targets[target_].replicas); }

  double least(const std::vector<Encoding>& encodings, std::size_t target, std::vector<double> Encoding::*times) const;

  void add_blocks(std::size_t bundle, int sign);

  bool is_made_inside(std::uint32_t id) const { return maker_[id] == kNone ? target_ == 0 : inside_[maker_[id]] != 0; }

  void receive(std::uint32_t id, int sign);
  void send(std::uint32_t id, int sign);

  const Query& query_;
  const std::vector<Bundle>& bundles_;
  std::vector<char> inside_;             // by block
  std::vector<std::size_t> readers_;     // of each tensor: bundles that do not make it
  std::vector<std::size_t> maker_;       // of each tensor: a bundle; kNone: it is an input of the model
  std::vector<std::size_t> reads_;       // of each tensor, by blocks of the stage
  std::vector<double> encode_, decode_;  // [target × tensors + tensor]
  std::size_t target_ = 0;
  double work_ = 0;  // with decoding
  double out_ = 0;
  double memory_ = 0;
  int unsendable_ = 0;
};

}  // namespace tandem::plan
