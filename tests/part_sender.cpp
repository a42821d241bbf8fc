// A member of the fleet that sends an agent one small part, and a request for it. Says how both ended, one line each.
// usage: part_sender PORT TARGET KIND DEADLINE_MS
//   endless-load  the part computes without an end on any input
//   endless-run   on that of the request
//   stuck-load    the same in one kernel
//   large-constant  the part has a constant of 8 GB, made by a few bytes
//   large-run     a tensor of 8 GB, where the request asks for it
//   short         the part ends
//   short-again   the request only
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/test_memory_parts.h"
#include "engine/test_parts.h"
#include "rpc/offer.h"
#include "rpc/peer.h"

namespace tandem {
namespace {

struct Kind {
  model::Part (*part)();
  std::int64_t rounds;
  bool is_loaded = false;
};

constexpr std::int64_t kEndless = std::int64_t{1} << 62;
const std::map<std::string, Kind> kKinds = {{"endless-load", {engine::endless_part, 1}},
                                            {"endless-run", {engine::part_of_rounds, kEndless}},
                                            {"stuck-load", {engine::stuck_part, 1}},
                                            {"large-constant", {engine::part_of_large_constant, 1}},
                                            {"large-run", {engine::part_of_floats, engine::kEightGigabytes}},
                                            {"short", {engine::part_of_rounds, 2}},
                                            {"short-again", {engine::part_of_rounds, 2, true}}};

template <class Result>
bool tell(const char* step, const Result& result) {
  std::printf("%s: %s\n", step,
              result.ok()
                  ? "ok"
                  : (std::string(base::name_of(result.error().kind())) + ": " + result.error().message()).c_str());
  std::fflush(stdout);
  return result.ok();
}

rpc::RunRequest request_of(const model::Part& part, std::int64_t rounds, const std::string& digest,
                           const std::string& target) {
  rpc::RunRequest request;
  request.id = 1;
  request.route = {{target, {digest}, {}, {part.outputs[0].name}, {}, {}}};
  const auto tensors = engine::made_up_inputs(part.inputs);
  for (std::size_t i = 0; i < tensors.size(); ++i) request.tensors.push_back({part.inputs[i].name, tensors[i]});
  if (part.inputs.back().type.element == base::ElementType::Int64)
    request.tensors.back().tensor = base::Tensor::of<std::int64_t>(part.inputs.back().type, std::array{rounds});
  return request;
}

void send(const std::string& port, const std::string& target, const Kind& kind, base::Milliseconds limit) {
  rpc::Peer peer(target, "127.0.0.1:" + port, {});
  const model::Part part = kind.part();
  const rpc::PartOffer offer = rpc::OfferMaker().make(part);
  if (!kind.is_loaded && !tell("load", peer.upload(offer, {}, base::Deadline::after(limit)))) return;
  rpc::RunRequest request = request_of(part, kind.rounds, offer.digest, target);
  request.deadline = base::Deadline::after(limit);
  tell("run", peer.run(request));
}

}  // namespace
}  // namespace tandem

int main(int argument_count, char** arguments) {
  if (argument_count != 5) return 2;
  tandem::send(arguments[1], arguments[2], tandem::kKinds.at(arguments[3]),
               tandem::base::Milliseconds(std::atof(arguments[4])));
  return 0;
}
