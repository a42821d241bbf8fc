#include "agent/part_store.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "model/part_memory.h"
#include "rpc/offer.h"

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;
using base::Milliseconds;

// For callers that set no deadline, or a later one: other parts wait meanwhile.
constexpr Milliseconds kLongestLoad{10 * 60'000.0};
constexpr Milliseconds kLongestFirstRun{60'000};

base::Result<std::unique_lock<std::timed_mutex>> turn_at(std::timed_mutex& mutex, const base::Deadline& deadline) {
  if (deadline.is_never()) return std::unique_lock(mutex);
  std::unique_lock turn(mutex, deadline.instant());
  if (turn.owns_lock()) return turn;
  return Error(ErrorKind::DeadlineExceeded, "the deadline passed while another part was loaded");
}

}  // namespace

std::vector<base::Tensor> made_up_inputs(const ReadyPart& part, const base::SharedBudget& memory) {
  const auto& types = part.session->inputs();
  std::vector<base::MemoryCharge> charges;
  for (const auto& input : types) charges.emplace_back(memory, base::size_bytes(input.type), "a made-up input");
  auto inputs = engine::made_up_inputs(types, 1, model::value_ranges(part.part));
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = base::with_charge(inputs[i], std::move(charges[i]));
  return inputs;
}

base::Result<model::Part> PartStore::assemble(const rpc::PartOffer& offer) {
  model::Part part;
  part.graph = offer.graph;
  part.inputs = offer.inputs;
  part.outputs = offer.outputs;
  for (const auto& weight : offer.weights) {
    auto tensor = weights_.get(weight.digest, weight.type);
    if (!tensor) return tensor.error();
    part.weights.push_back({weight.name, std::move(tensor.value())});
  }
  return part;
}

base::Status PartStore::load(const rpc::PartOffer& offer, const Task& task) {
  if (rpc::digest_of(offer) != offer.digest) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("part {}: its content does not match its digest", offer.digest.substr(0, 12)));
  }
  const base::Status made = make_ready(offer, task);
  if (made) folder_.keep(offer);
  return made;
}

base::Status PartStore::make_ready(const rpc::PartOffer& offer, const Task& task) {
  if (const base::Status admitted = journal_.admit(offer.digest); !admitted) return admitted;
  const auto turn = turn_at(loading_, task.deadline());
  if (!turn) return turn.error();
  if (find(offer.digest).ok()) return base::Nothing{};
  auto part = assemble(offer);
  if (!part) return part.error();
  auto ready = std::make_shared<ReadyPart>();
  ready->part = std::move(part.value());
  load(offer, *ready, task);
  const std::lock_guard lock(mutex_);
  parts_.put(offer.digest, std::move(ready));
  return base::Nothing{};
}

void PartStore::load(const rpc::PartOffer& offer, ReadyPart& ready, const Task& task) {
  const Journal::Note note(journal_, offer.digest);
  model::check_part(ready.part);
  ready.memory = room_to_load(ready.part);
  Task loading(task, kLongestLoad);
  loading.compute([&](const std::stop_token&) { ready.session = engine_.load(ready.part); });
  warm_up(ready, task);
  weights_.let_go(ready.part.weights);
  ready.memory.shrink_to(model::bytes_held(ready.part));
}

// Parts of earlier deployments make room: they are loaded from the folder again, or sent again.
base::MemoryCharge PartStore::room_to_load(const model::Part& part) {
  while (true) {
    try {
      return {memory_, model::bytes_to_load(part), "a part while it is loaded"};
    } catch (const Error&) {
      if (model::bytes_to_load(part) > memory_->bytes() || !drop_oldest()) throw;
    }
  }
}

bool PartStore::drop_oldest() {
  const std::lock_guard lock(mutex_);
  return parts_.drop_oldest();
}

// The engine takes its memory at the first run. Made-up values may be none that the part can compute with, such as a
// shape to reshape to; a request brings better ones.
void PartStore::warm_up(ReadyPart& ready, const Task& task) const try {
  const auto inputs = made_up_inputs(ready, memory_);
  Task first_run(task, kLongestFirstRun);
  first_run.compute([&](const std::stop_token& stop) { ready.session->run(inputs, stop); });
} catch (const Error& error) {
  if (error.kind() != ErrorKind::Internal) throw;
  base::log(base::LogLevel::Info, "a part stays cold: {}", error.message());
}

base::Result<std::shared_ptr<ReadyPart>> PartStore::find(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  if (const auto* held = parts_.find(digest)) return *held;
  return Error(ErrorKind::NotFound,
               fmt::format("part {} is not loaded here: deploy the plan again", digest.substr(0, 12)));
}

base::Result<std::shared_ptr<ReadyPart>> PartStore::ready(const std::string& digest, const Task& task) {
  auto found = find(digest);
  if (found.ok()) return found;
  const auto kept = folder_.find(digest);
  if (!kept) return found;
  const base::Status made = make_ready(*kept, task);
  if (!made) return made.error();
  return find(digest);
}

}  // namespace tandem::agent
