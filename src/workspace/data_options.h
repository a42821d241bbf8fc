// A labelled data set, as a command names it.
#pragma once

#include <cstddef>
#include <string>

#include "data/dataset.h"
#include "data/pixel_format.h"
#include "model/model.h"

namespace tandem::workspace {

struct DataOptions {
  std::string name;  // "fashion-mnist", or a folder
  data::PixelFormat pixels = data::PixelFormat::Symmetric;
  std::size_t limit = 0;  // samples of each part, chosen at random; 0: all

  // The key of measurements on these samples in the store.
  std::string key() const;
};

// Named by its key. Pictures are resized to the model's input. Throws base::Error as data::read does.
data::Dataset read_data(const DataOptions& options, const model::Model& model);

}  // namespace tandem::workspace
