// A labelled data set, as a command names it.
#pragma once

#include <cstddef>
#include <string>

#include "data/dataset.h"
#include "input/picture_input.h"
#include "model/model.h"

namespace tandem::workspace {

struct DataOptions {
  std::string name;  // "fashion-mnist", or a folder
  input::PictureOptions pictures;
  std::size_t limit = 0;  // samples of each part, chosen at random; 0: all

  // The key of measurements on these samples in the store.
  std::string key() const;
};

struct DataForModel {
  data::Dataset dataset;  // named by its key; folders of pictures in the size that the model takes
  input::Preprocessing pictures;
};
// Logs a warning where input::picture_input has a note, unless the samples are no pictures, and where note_on_classes
// has one. Throws base::Error as data::read and input::picture_input do.
DataForModel read_data(const DataOptions& options, const model::Model& model);

}  // namespace tandem::workspace
