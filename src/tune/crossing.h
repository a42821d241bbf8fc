// A model cut in two: the tensors that cross there for samples of a data set, and the answers behind the cut when one
// of them is changed. Used by the trials of codecs and by benchmarks. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/adapter.h"
#include "data/dataset.h"
#include "engine/engine.h"
#include "model/model.h"

namespace tandem::tune {

// The tensors of a cut, for each sample of a part of a data set.
struct Features {
  std::vector<base::NamedType> tensors;        // as in the cut; of one sample
  std::vector<std::vector<std::byte>> values;  // by tensor: sample after sample
  std::vector<std::int64_t> labels;            // by sample
  std::size_t count() const { return labels.size(); }
  base::Tensor tensor_of(std::size_t sample, std::size_t tensor) const;
};

// The layers before a cut. `engine` must outlive it.
class BeforeCut {
 public:
  BeforeCut(const model::Model& model, const model::Cut& cut, engine::Engine& engine);

  const std::vector<base::NamedType>& tensors() const { return tensors_; }  // of the cut

  // Runs `count` samples, chosen evenly over `part`. Throws Error(ResourceExhausted) when their features take more than
  // 4 GB.
  Features collect(const data::Part& part, const data::Adapter& adapter, std::size_t count,
                   const std::function<void(std::size_t done)>& progress);

 private:
  std::vector<base::NamedType> tensors_;
  std::unique_ptr<engine::Session> session_;  // null: the cut is the model's input
  std::vector<std::size_t> outputs_;          // by tensor of the cut: its place in the session's; kIsInput: the sample
};

// The layers behind a cut, and the exits among them. `engine` must outlive it.
class BehindCut {
 public:
  BehindCut(const model::Model& model, const model::Cut& cut, engine::Engine& engine);

  const std::vector<std::string>& exits() const { return exits_; }

  // The class that each exit finds likeliest (exits::likeliest_class), for one sample. `instead` takes the place of
  // tensor `changed` of the cut.
  std::vector<std::int64_t> guesses(const Features& features, std::size_t sample);
  std::vector<std::int64_t> guesses(const Features& features, std::size_t sample, std::size_t changed,
                                    const base::Tensor& instead);

 private:
  std::vector<base::Tensor> inputs_of(const Features& features, std::size_t sample) const;
  std::vector<std::int64_t> run(const std::vector<base::Tensor>& inputs);

  std::unique_ptr<engine::Session> session_;
  std::vector<std::string> exits_;
  std::vector<std::size_t> wanted_;   // by input of the session: which tensor of the cut
  std::vector<std::size_t> outputs_;  // by exit: its place in the session's outputs
};

}  // namespace tandem::tune
