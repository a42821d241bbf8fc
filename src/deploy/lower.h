// Plans lowered to parts and routes, from a model's graph alone: no part is extracted and no target is asked. Used by
// deploy::Deployment, which uploads the parts and runs the routes. Pure: any thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/graph.h"
#include "plan/problem/plan.h"
#include "rpc/messages.h"

namespace tandem::deploy {

// The layers of a part: ranges ascending and apart, as model::Model::extract takes them.
using PartLayers = std::vector<model::LayerRange>;

// Digests of the descriptions of codecs, by the tensor that they encode and the codec's id (codec::id_of).
using CodecDigests = std::map<std::pair<std::string, std::string>, std::string>;

// A plan as requests carry it.
struct Route {
  std::vector<rpc::Hop> hops;        // the first is where requests come from; without the keys of deposits
  std::vector<std::string> answers;  // outputs of the model, in its order
  bool stops_at_one = false;         // with an exit policy: any one of them is the answer
};

struct LoweredPlan {
  Route route;                                                  // its parts are empty: digests need the weights
  std::vector<std::vector<PartLayers>> parts;                   // by hop, in the order in which they run
  std::vector<std::vector<std::vector<PartLayers>>> offloaded;  // by hop, then by offload
};

// Lowers plans that share the memory of their targets, with each other and with `earlier` ones: on each target, a part
// ends where the set of plans that run a layer changes, so that what several plans run is held once, and where a
// request may stop, or a step of a stage ends. Within a stage, the layers that an exit needs run before all others,
// wherever the order of layers has them. Layers that no plan runs there divide nothing. `codecs` has every codec of
// `plans` but plan::kRaw. Ranges of stages lie within the graph. Throws Error(InvalidInput) when an exit of a plan is
// no output of the model, a step with offloads runs nothing itself, or a bypass does not fit the stages (ways.h), and
// Error(Unsupported) when a plan has a policy without exits.
std::vector<LoweredPlan> lower(const model::Graph& graph, const std::vector<plan::Plan>& plans,
                               const std::vector<plan::Plan>& earlier = {}, const CodecDigests& codecs = {});

}  // namespace tandem::deploy
