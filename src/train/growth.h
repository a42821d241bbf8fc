// A network that has one answer gets early exits: places are looked for, probed and chosen, and heads attached there
// that have learnt nothing yet. Deterministic by settings, model and data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "data/dataset.h"
#include "model/model.h"
#include "train/settings.h"

namespace tandem::train {

struct AddedExit {
  std::string name;
  std::string tensor;             // that its head reads
  double share_of_full = 0;       // of the network's multiply-accumulates: up to there, and its head
  double head_share_of_full = 0;  // its head alone
  std::int64_t filters = 0;       // of each of its head's convolutions; 0: it has none
  double probe_accuracy = 0;      // percent of the calibration samples that a linear probe of the tensor gets right
};

struct Additions {
  std::vector<AddedExit> exits;
  std::size_t asked = 0;         // how many there should be; fewer where no more pay
  std::size_t places = 0;        // that were probed
  double network_accuracy = 0;   // percent, of the network's own answer
  double expected_accuracy = 0;  // of requests that stop where probes are sure enough
  double expected_share = 0;     // of the full cost, that such a request costs on average
};

struct Growth {
  model::Source source;  // the same graph and the heads; its answer is the last of its exits
  Additions additions;
};

// As `settings.add_exits`, which must be there, asks for. In mode Agreement, what counts as right is what the network
// answers. Throws Error(InvalidInput) when the network has exits already or does not answer with one float32 number for
// each class, Error(Unsupported) on several inputs and on what training could not run, Error(NotFound), saying why,
// when no exit pays.
Growth add_exits(const Settings& settings, const model::Source& source, const data::Dataset& dataset,
                 const std::function<void(const std::string& doing, double share)>& show = {});

std::string to_text(const Additions& additions);  // a line for each exit, and one above
base::Json to_json(const Additions& additions);

}  // namespace tandem::train
