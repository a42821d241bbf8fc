// Input files as tensors for a model.
#pragma once

#include <string>
#include <vector>

#include "base/tensor.h"
#include "input/picture_input.h"
#include "model/model.h"

namespace tandem::workspace {

struct InputOptions {
  std::vector<std::string> files;  // FILE, or NAME=FILE for a model with several inputs; empty: made-up values
  input::PictureOptions pictures;
};

// One tensor for each input of the model. Logs a warning where input::picture_input has a note on a picture. Throws
// base::Error when a file cannot be read or does not fit.
std::vector<base::NamedTensor> read_inputs(const InputOptions& options, const model::Model& model);

}  // namespace tandem::workspace
