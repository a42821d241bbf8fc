// Trains a model on a data set, epoch by epoch: the interpreter of network.h, the losses, the optimizer. Everything
// random follows from (seed, epoch), so a training that goes on from a checkpoint ends as one that was never stopped.
// Not synchronised; sets the number of libtorch's threads, which the whole process shares.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "model/model.h"
#include "train/checkpoint.h"
#include "train/settings.h"

namespace tandem::train {

class Trainer {
 public:
  using Show = std::function<void(const std::string& doing, double share)>;

  // `dataset` must outlive this. In the modes that train heads only, the trunk's features are computed here. Throws
  // Error(InvalidInput) when model, data and settings do not fit together, Error(Unsupported) on models of several
  // inputs and as Network does.
  Trainer(const Settings& settings, const model::Source& source, const data::Dataset& dataset, const Show& show = {});
  ~Trainer();
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  const std::vector<std::string>& exits() const;
  int epochs_done() const;

  // One more epoch; the record has no accuracies yet. Throws Error(InvalidInput) when the loss is no number any more.
  EpochRecord run_epoch(const Show& show = {});

  // By exit: percent right of the samples of a part, or of `limit` of them, evenly spread. Computed in float32.
  std::vector<double> accuracy(data::Role role, std::size_t limit = 0);

  // All that the weights will depend on: settings, model, data.
  const base::Json& decided_by() const;
  // To go on from at this epoch's boundary; without the curve. What is restored must have the same decided_by().
  Checkpoint checkpoint() const;
  void restore(const Checkpoint& checkpoint, int epochs_done);

  // The same graph with the weights as they are now.
  model::Part trained() const;

 private:
  struct State;  // libtorch's side
  std::unique_ptr<State> state_;
};

}  // namespace tandem::train
