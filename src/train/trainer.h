// Trains a model on a data set, epoch by epoch. All random numbers follow from (seed, epoch), so a resumed training
// ends with the same weights as an undisturbed one. Private to train/ and bench/train_bench. Not synchronised; sets the
// number of libtorch's threads for the whole process.
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

  // `dataset` must outlive this. In the modes that train only heads, the constructor computes the trunk's features.
  // Throws Error(InvalidInput) when model, data and settings do not fit together, Error(Unsupported) on models of
  // several inputs and as Network does.
  Trainer(const Settings& settings, const model::Source& source, const data::Dataset& dataset, const Show& show = {});
  ~Trainer();
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  const std::vector<std::string>& exits() const;
  int epochs_done() const;

  // Trains one more epoch; the record has no accuracies yet. Throws Error(InvalidInput) when the loss becomes NaN or
  // infinite.
  EpochRecord run_epoch(const Show& show = {});

  // Percent right by exit, on all samples of a part or on `limit` of them, evenly spread. Computed in float32.
  std::vector<double> accuracy(data::Role role, std::size_t limit = 0);

  // Everything that determines the weights: settings, model, data.
  const base::Json& decided_by() const;
  // The state at this epoch's boundary, without the curve. restore() needs the same decided_by().
  Checkpoint checkpoint() const;
  void restore(const Checkpoint& checkpoint, int epochs_done);

  // The same graph with the current weights, and metadata on pictures and classes (pictures.h).
  model::Part trained() const;

 private:
  struct State;  // members that need libtorch
  std::unique_ptr<State> state_;
};

}  // namespace tandem::train
