// Costs of blocks, of the blocks behind a cut and of hops, for linear.h. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "plan/solve/frontier_options.h"
#include "plan/solve/label.h"
#include "plan/solve/query.h"

namespace tandem::plan {

// Values are in one list: the objective's functional, then each limit's. A row has these, then busy milliseconds, then
// bytes of memory. Sums are added up, never differences of longer sums: small costs stand beside large ones.
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

  // The rows of a rank, on a target: where it begins a stage, where the stage goes on, and of all ranks from it on.
  const double* first(std::size_t target, std::size_t rank) const { return &firsts_[at(target, rank) * row_]; }
  const double* block(std::size_t target, std::size_t rank) const { return &blocks_[at(target, rank) * row_]; }
  const double* rest(std::size_t target, std::size_t rank) const { return &rests_[at(target, rank) * row_]; }
  std::size_t row() const { return row_; }
  // Of a measured stage, without its memory.
  std::vector<double> row_of(const Segments::Known& segment, std::size_t target) const;
  // The cut up to which a stage that begins at `cut` may run on a target.
  std::size_t end(std::size_t target, std::size_t cut) const { return end_[at(target, cut)]; }

 private:
  std::size_t at(std::size_t target, std::size_t cut) const { return target * (query_.scenario.size() + 1) + cut; }
  std::vector<double> row_of(std::size_t rank, std::size_t target, bool begins_stage) const;
  void add_target(std::size_t target);
  void add_hops(std::size_t link, std::size_t cut, std::vector<Hop>& hops) const;
  bool has_few_options(std::size_t cut) const;

  const Query& query_;
  std::size_t targets_, width_, row_, most_options_;
  std::vector<double> firsts_, blocks_, rests_;
  std::vector<std::size_t> end_;
  std::vector<std::unique_ptr<const std::vector<Hop>>> hops_;  // by cut and target, as they are asked for
  std::vector<std::vector<std::size_t>> links_;                // by target that they start from
};

}  // namespace tandem::plan
