// How a training takes pictures, and what the trained model will say of them and of its classes. Private to train/.
// Pure.
#pragma once

#include "base/tensor.h"
#include "data/dataset.h"
#include "input/picture_input.h"
#include "model/builder.h"
#include "model/model.h"
#include "train/settings.h"

namespace tandem::train {

// By the settings and the model's metadata, for its one input. Throws as input::picture_input does.
input::PictureInput picture_input(const Settings& settings, const model::Source& source, const base::TensorType& type);

bool holds_pictures(const data::Dataset& dataset);

// Adds metadata to the trained model: how it takes pictures, of the size that the data has, and the names of the
// classes where the data gives some. With a frozen trunk, names that the model has already stay; in mode Agreement,
// where the data's classes are ignored, none are added.
void describe(model::GraphBuilder& builder, const Settings& settings, const model::Source& source,
              const input::Preprocessing& pictures, const data::Dataset& dataset);

}  // namespace tandem::train
