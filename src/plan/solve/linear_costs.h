// Costs of runs of blocks and of hops, as prefix sums over the order, for linear.h. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "plan/solve/frontier_options.h"
#include "plan/solve/label.h"
#include "plan/solve/query.h"

namespace tandem::plan {

// Values are in one list: the objective's functional, then each limit's.
class LinearCosts {
 public:
  // Of a frontier that can be encoded in more than `most_options` ways, only the way of least cost counts.
  LinearCosts(const Query& query, std::size_t most_options);

  // What a way to end a stage adds: a hop over a link at a cut, with its frontier in these encodings.
  struct Hop {
    std::size_t link = 0;
    std::size_t to = 0;  // target
    std::vector<double> values;
    double encode_ms = 0, upload_ms = 0, decode_ms = 0, answer_ms = 0;
    std::vector<std::uint8_t> encodings;  // by tensor of the frontier
  };

  std::size_t width() const { return width_; }
  // Hops from a target at a cut. None where the frontier cannot be sent.
  const std::vector<Hop>& hops(std::size_t target, std::size_t cut);

  // Of the ranks before `cut`, on a target, as if the stage went on at each of them.
  const double* values(std::size_t target, std::size_t cut) const { return &values_[at(target, cut) * width_]; }
  double busy_ms(std::size_t target, std::size_t cut) const { return busy_[at(target, cut)]; }
  double memory_bytes(std::size_t cut) const { return memory_[cut]; }
  // What a stage costs more if `rank` is its first.
  const double* overhead(std::size_t target, std::size_t rank) const { return &overhead_[at(target, rank) * width_]; }
  // The cut up to which a stage that begins at `cut` may run on a target.
  std::size_t end(std::size_t target, std::size_t cut) const { return end_[at(target, cut)]; }

 private:
  std::size_t at(std::size_t target, std::size_t cut) const { return target * (query_.scenario.size() + 1) + cut; }
  void add_target(std::size_t target);
  void add_hops(std::size_t link, std::size_t cut, std::vector<Hop>& hops) const;
  bool has_few_options(std::size_t cut) const;

  const Query& query_;
  std::size_t targets_, width_, most_options_;
  std::vector<double> values_, busy_, memory_, overhead_;
  std::vector<std::size_t> end_;
  std::vector<std::unique_ptr<const std::vector<Hop>>> hops_;  // by cut and target, as they are asked for
  std::vector<std::vector<std::size_t>> links_;                // by target that they start from
};

}  // namespace tandem::plan
