// Which machine of a plan answers wrongly: each is asked alone for its stage, on tensors that this process computed,
// and its outputs are compared with those of the same stage here (docs/decisions/0037). Private to workspace/.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "engine/engine.h"
#include "model/model.h"
#include "rpc/targets.h"
#include "serve/failover.h"

namespace tandem::workspace {

// `inputs`: of a request that was answered wrongly by this way, on `route`: of the way, by the machines whose turn it
// was. The machine whose outputs differ most; where all answer rightly now, every machine across the network that took
// part. Blocks while the stages run, here and there.
std::set<std::string> liars_of(const serve::Way& way, const deploy::Route& route,
                               const std::vector<base::NamedTensor>& inputs, const model::Model& model,
                               engine::Engine& engine, const rpc::Targets& targets);

}  // namespace tandem::workspace
