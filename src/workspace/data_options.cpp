#include "workspace/data_options.h"

#include <fmt/format.h>

#include "data/read.h"

namespace tandem::workspace {

std::string DataOptions::key() const {
  return limit == 0 ? name : fmt::format("{} ({} samples a part)", name, limit);
}

data::Dataset read_data(const DataOptions& options, const model::Model& model) {
  auto reading = data::options_for(model.graph().tensors[model.graph().inputs.at(0)].type.shape);
  reading.limit = options.limit;
  auto dataset = data::read(options.name, reading);
  dataset.name = options.key();
  return dataset;
}

}  // namespace tandem::workspace
