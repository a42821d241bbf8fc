// What a model says of its pictures and classes, with the flags of a command.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "input/picture_input.h"
#include "model/model.h"

namespace tandem::workspace {

// For an input of the model. Throws Error(InvalidInput) as input::picture_input does.
input::PictureInput picture_input(const model::Model& model, const base::TensorType& type,
                                  const input::PictureOptions& options);

// What the metadata alone says of the model's first input; none: nothing. Throws the same.
std::optional<input::Preprocessing> described_pictures(const model::Model& model);

// The names of its classes, the first of class 0; empty: it has none. Throws Error(InvalidInput) on a bad entry.
std::vector<std::string> class_names(const model::Model& model);

// The outputs that are known to hold a value for each class: exits that the metadata names, and those that a softmax
// makes.
std::set<std::string> class_outputs(const model::Model& model);

// One line where a class of the data has another name in the model, so that answers are counted as wrong; else empty.
std::string note_on_classes(const std::vector<std::string>& of_data, const std::vector<std::string>& of_model);

}  // namespace tandem::workspace
