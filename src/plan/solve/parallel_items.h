// The blocks of a query as the search for plans with work in parallel sees them: items, each a block or several that
// stay together, with their costs and the tensors between them. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/solve/query.h"

namespace tandem::plan {

// The blocks that share an item.
enum class Grouping {
  None,    // every block is an item
  Chains,  // a block and its only producer, which no other block reads
  Joins,   // the same where it has two such producers
};

// One way to send a tensor to a target that works beside a stage: the time, and the cost besides.
struct HandingOption {
  double ms = 0;
  double mean = 0;
  std::size_t encoding = 0;
};

struct ParallelItems {
  struct Item {
    std::vector<std::size_t> ranks;
    std::vector<std::size_t> producers, consumers;  // items, ascending
    std::vector<std::size_t> reads, makes;          // tensors of other items; its own that other items read
    std::vector<double> ms;                         // by target, load included; kUnlimited: it may not run there
    double least = 0;                               // it adds at least this to the cost of every plan
    bool is_answer = false;                         // no block reads its outputs
  };
  struct Tensor {
    std::size_t active = 0;            // of the scenario
    std::size_t producer = kNone;      // item
    std::vector<std::size_t> readers;  // items, ascending, without the producer
    double raw_bytes = -1;             // below 0: it cannot be returned
  };

  std::vector<Item> items;  // in a topological order
  std::vector<Tensor> tensors;
  std::vector<std::vector<std::size_t>> links_from;  // by target: links that a plan may use
  double together = 1;                               // the most targets that work at once

  std::size_t size() const { return items.size(); }
};

ParallelItems make_items(const Query& query, Grouping grouping);

// Of a tensor over a link; none is both slower and dearer than another. Ascending in time.
std::vector<HandingOption> handing_options(const Query& query, const ParallelItems::Tensor& tensor, std::size_t link);

// The time of one more part on a target where a stage has begun.
double further_part_ms(const Query& query, std::size_t target);

}  // namespace tandem::plan
