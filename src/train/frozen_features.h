// Features of a frozen trunk for the samples of a data set: computed once by the engine, and kept in memory for all
// epochs in which only heads are trained. Private to train/. Immutable once made.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "data/adapter.h"
#include "data/dataset.h"
#include "engine/engine.h"
#include "model/model.h"

namespace tandem::train {

inline constexpr std::size_t kMostFeatureBytes = std::size_t{8} << 30;

class FrozenFeatures {
 public:
  using Show = std::function<void(double share)>;  // `share`: of the samples, finished

  // Computes the tensors of `model` called `names` for every sample of `part`; runs only the layers that they need.
  // Throws Error(ResourceExhausted) when they take more than `most_bytes` together, Error(Unsupported) when one of them
  // is not float32 with the batch as its first dimension.
  FrozenFeatures(const model::Model& model, engine::Engine& engine, const std::vector<std::string>& names,
                 const data::Part& part, const data::Adapter& adapter, const Show& show = {},
                 std::size_t most_bytes = kMostFeatureBytes);

  // For the samples at `indices`, in that order, by name: [indices, …].
  std::map<std::string, base::Tensor> batch(std::span<const std::size_t> indices) const;
  // For all samples, in the part's order: [samples, …]. `name` is one of `names`.
  const base::Tensor& all(const std::string& name) const { return kept_.at(name); }

 private:
  std::map<std::string, base::Tensor> kept_;  // [samples, …]
};

}  // namespace tandem::train
