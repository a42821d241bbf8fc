// Input files as tensors for a model.
#pragma once

#include <string>
#include <vector>

#include "base/tensor.h"
#include "input/picture_input.h"
#include "model/model.h"

namespace tandem::workspace {

struct InputOptions {
  // FILE, or NAME=FILE for a model with several inputs; empty: made-up values. Text that begins with no input's name
  // and
  // "=" is a file's name.
  std::vector<std::string> files;
  input::PictureOptions pictures;
};

// One tensor for each input of the model, made up where none is given; float32 arrays are rounded to inputs of
// bfloat16. Logs a warning where input::picture_input has a note on a picture. Throws base::Error when a file cannot be
// read or does not fit, or an input is given twice or not at all.
std::vector<base::NamedTensor> read_inputs(const InputOptions& options, const model::Model& model);

// The model with the values that these texts give to its inputs with defaults (Source::default_inputs): .npy files.
model::Source with_given_defaults(model::Source source, const std::vector<std::string>& files);

}  // namespace tandem::workspace
