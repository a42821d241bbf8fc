// A model, and the data set on which it is tried, in this process. Used wherever answers are measured. Plain data.
#pragma once

#include "data/adapter.h"
#include "data/dataset.h"
#include "engine/engine.h"
#include "input/preprocess.h"
#include "model/model.h"

namespace tandem::tune {

// All of it must outlive the study.
struct Study {
  const model::Model& model;
  engine::Engine& engine;
  const data::Dataset& dataset;  // its name is kept with the measurements
  input::Preprocessing pictures = input::preset(input::kDefaultPixelFormat);
};

// For samples of every part. Throws Error(InvalidInput) when the model has several inputs, or takes other samples.
data::Adapter adapter_of(const Study& study);

}  // namespace tandem::tune
