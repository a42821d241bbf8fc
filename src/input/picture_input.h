// The preprocessing of pictures for one input of a model: from the model's metadata, changed by flags, or the default.
// Used by workspace and train, so that both treat a picture alike. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "input/preprocess.h"

namespace tandem::input {

// The flags of a command. An empty one: as the model says, or the default.
struct PictureOptions {
  std::optional<PixelFormat> pixels;
  std::string size;          // "224x224": height and width
  std::string resize;        // "crop" or "stretch"
  std::string layout;        // "nchw" or "nhwc"
  std::vector<double> mean;  // of three channels, or empty
  std::vector<double> deviation;
  bool bgr = false;
  bool operator==(const PictureOptions&) const = default;
};

struct PictureInput {
  Preprocessing preprocessing;  // as_bytes and the frame follow from the input's type
  std::string note;  // one line for the user: a flag contradicts the model, or a default was taken; empty: neither
};

// `metadata`: the model's entry tandem.input, if it has one. `model`: its name, for messages. A model of bytes takes
// them as they are. Throws Error(InvalidInput) when the metadata or an option is malformed or does not fit `type`.
PictureInput picture_input(const std::optional<std::string>& metadata, const PictureOptions& options,
                           const base::TensorType& type, const std::string& model);

}  // namespace tandem::input
