// The ways to encode all tensors of a cut's frontier for one link, with the cost of each. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plan/solve/query.h"

namespace tandem::plan {

struct FrontierOption {
  std::vector<std::uint8_t> encodings;  // by tensor of the frontier
  FunctionalValues values;              // what it adds
  double encode_ms = 0;                 // busy times of the mean request; 0 where the query asks for no period
  double upload_ms = 0;
  double decode_ms = 0;
};

// All but those that `query.count` others beat. None where a tensor cannot be sent.
std::vector<FrontierOption> frontier_options(const Query& query, std::size_t link, std::size_t cut);
// The same of any active tensors, where the first block behind them is of this phase.
std::vector<FrontierOption> frontier_options(const Query& query, std::size_t link, std::size_t phase,
                                             std::span<const std::uint32_t> tensors);
// Only the one of least cost by the objective's functional. None as above.
std::vector<FrontierOption> cheapest_option(const Query& query, std::size_t link, std::size_t cut);

}  // namespace tandem::plan
