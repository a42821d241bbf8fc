// The models that GraphMutator spoils: patterns of kernels, the generated models, and those of a folder. For the
// programs that feed whole commands or agents with them.
#pragma once

#include <filesystem>
#include <vector>

#include "fuzz/graph_mutator.h"

namespace tandem::fuzz {

// `folder`: small ONNX files below it too; empty: none. Throws Error(NotFound) when it is none.
std::vector<NamedModel> graph_seeds(const std::filesystem::path& folder);

}  // namespace tandem::fuzz
