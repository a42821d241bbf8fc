// The steps of stages that work in parallel: what each offload is sent, returns and costs, by the definition in
// price.h. Private to plan/judge/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The costs of a request for the work of one target beside a stage, loads included.
struct OffloadBill {
  std::size_t stage = 0;
  std::size_t step = 0;
  std::size_t target = 0;
  std::size_t link = 0;  // from the stage's target
  double compute_ms = 0;
  double encode_ms = 0;      // on the stage's target
  double round_trip_ms = 0;  // with the header and what its tensors wait
  double upload_ms = 0;
  double decode_ms = 0;
  double download_ms = 0;  // of its outputs
  double sent_bytes = 0;
  double returned_bytes = 0;
  double accuracy_loss = 0;

  double exchange_ms() const { return encode_ms + round_trip_ms + upload_ms + decode_ms + download_ms; }
  double latency_ms() const { return compute_ms + exchange_ms(); }
};

struct StepBill {
  double compute_ms = 0;  // of the stage's own blocks
  std::vector<OffloadBill> offloads;

  double latency_ms() const;
};

// By stage and step; a stage of one step without offloads has it, too. Empty where the decision is not parallel. Throws
// Error(Internal) when its steps, offloads or handings break the definition. `phases`: by block; the rest of the
// decision has been checked.
std::vector<std::vector<StepBill>> bill_steps(const Problem& problem, const Decision& decision,
                                              const std::vector<std::size_t>& phases);

// The cost of one more part on a target where a stage has begun: of each step after the first. Load included.
double further_part_ms(const Target& target);

// All blocks that a target runs beside a stage in one step. For whoever enumerates decisions, too.
struct OffloadPlace {
  std::size_t stage = 0;
  std::size_t step = 0;
  std::size_t target = 0;
  auto operator<=>(const OffloadPlace&) const = default;
};
bool is_at(const Decision& decision, std::size_t block, const OffloadPlace& place);
std::vector<OffloadPlace> offload_places(const Decision& decision);  // ascending
// Whether it is sent there: blocks of this offload read the tensor, and others make it.
bool is_handed(const Decision& decision, const Tensor& tensor, const OffloadPlace& place);
// Whether it is made there, and blocks elsewhere read it.
bool is_returned(const Decision& decision, const Tensor& tensor, const OffloadPlace& place);
// kNone: it has none, and cannot be returned.
std::size_t raw_encoding(const Tensor& tensor);

}  // namespace tandem::plan
