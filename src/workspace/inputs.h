// Input files as tensors for a model.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"
#include "input/picture_input.h"
#include "model/model.h"
#include "store/store.h"
#include "workspace/data_options.h"

namespace tandem::workspace {

struct InputOptions {
  // FILE, or NAME=FILE for a model with several inputs. Text that begins with no input's name and "=" is a file's name.
  std::vector<std::string> files;
  input::PictureOptions pictures;
  DataOptions data;  // if named, its first test sample is the input; pictures as above
};

// The inputs that the options name, one tensor for each of the model's; none if they name none. float32 arrays are
// rounded to inputs of bfloat16. Logs a warning where input::picture_input has a note on a picture. Throws base::Error
// when a file cannot be read or does not fit, or an input is given twice or not at all.
std::vector<base::NamedTensor> given_inputs(const InputOptions& options, const model::Model& model);

struct Inputs {
  std::vector<base::NamedTensor> tensors;
  bool are_made_up = false;

  // The failure of a run on these. If they are made up, an engine's refusal is no bug: the error says which inputs to
  // give.
  base::Error explain(const base::Error& failure, const model::Model& model) const;
};
// Those that the options name, else made-up ones; with a store, before these, those of the model's profile.
Inputs choose_inputs(const InputOptions& options, const model::Model& model, unsigned seed = 1);
Inputs choose_inputs(const InputOptions& options, const model::Model& model, const store::Store& store);

// Calls `run`, and throws its errors as `inputs` explain them.
template <class Run>
auto run_on(const Inputs& inputs, const model::Model& model, const Run& run) {
  try {
    return run();
  } catch (const base::Error& failure) {
    throw inputs.explain(failure, model);
  }
}

// The model with the values that these texts give to its inputs with defaults (Source::default_inputs): .npy files.
model::Source with_given_defaults(model::Source source, const std::vector<std::string>& files);

}  // namespace tandem::workspace
