// Input files as tensors for a model.
#pragma once

#include <string>
#include <vector>

#include "base/tensor.h"
#include "model/model.h"

namespace tandem::workspace {

struct InputOptions {
  std::vector<std::string> files;   // FILE, or NAME=FILE for a model with several inputs; empty: made-up values
  std::string preset = "imagenet";  // preprocessing of pictures, see input::preset; the other members override it
  std::string size;                 // "224x224"; empty: the model's
  std::string resize;               // "crop" or "stretch"
  std::string layout = "nchw";      // or "nhwc"
  std::vector<double> mean;         // of three channels, or empty
  std::vector<double> deviation;
  bool bgr = false;
};

// One tensor for each input of the model. Throws base::Error when a file cannot be read or does not fit.
std::vector<base::NamedTensor> read_inputs(const InputOptions& options, const model::Model& model);

}  // namespace tandem::workspace
