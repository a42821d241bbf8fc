// A model cut in two at one place, for trying out what happens to its answers when what crosses is changed. One thread
// at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/adapter.h"
#include "data/dataset.h"
#include "engine/engine.h"
#include "model/model.h"

namespace tandem::tune {

// The cuts that no kernel is cut in two by: position 0, and those of model.cuts() that remain.
std::vector<model::Cut> cuts_between_kernels(const model::Model& model);

// What crosses a cut, by sample: each of `tensors` is [samples, …] in one block of memory.
struct Features {
  std::vector<std::vector<std::byte>> tensors;  // by tensor of the cut, sample after sample
  std::vector<std::size_t> sample_bytes;        // by tensor of the cut
  std::vector<std::int64_t> labels;
  std::size_t count() const { return labels.size(); }
};

class Crossing {
 public:
  Crossing(const model::Model& model, const model::Cut& cut, engine::Engine& engine);

  const std::vector<base::NamedType>& tensors() const { return tensors_; }  // of the cut
  const std::vector<std::string>& exits() const { return exits_; }          // that lie behind it
  // Runs what is before the cut.
  Features collect(const data::Part& part, const data::Adapter& adapter, std::size_t count,
                   const std::function<void(std::size_t done)>& progress);
  // Runs what is behind it: the guess of each exit, for one sample. A tensor that is not empty stands for that of the
  // sample.
  std::vector<std::int64_t> guesses(const Features& features, std::size_t sample, std::size_t changed,
                                    const base::Tensor& instead);
  base::Tensor tensor_of(const Features& features, std::size_t sample, std::size_t tensor) const;

 private:
  std::vector<base::NamedType> tensors_;
  std::vector<std::string> exits_;
  std::unique_ptr<engine::Session> before_;  // null: the cut is the model's input
  std::unique_ptr<engine::Session> behind_;
  std::vector<std::size_t> made_;     // by tensor of the cut: which output of before_, or input of the model
  std::vector<std::size_t> wanted_;   // by input of behind_: which tensor of the cut
  std::vector<std::size_t> answers_;  // by exit: which output of behind_
};

}  // namespace tandem::tune
