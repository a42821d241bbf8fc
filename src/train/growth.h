// Adds early exits to a network that has one answer: finds places, probes and chooses among them, and attaches
// untrained heads. Private to train/. Deterministic for the same settings, model and data.
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
  std::string tensor;             // its head's input
  double share_of_full = 0;       // of the network's multiply-accumulates: the trunk up to there, and the head
  double head_share_of_full = 0;  // the head alone
  std::int64_t filters = 0;       // of each convolution of the head; 0: no convolutions
  double probe_accuracy = 0;      // percent right of the calibration samples, by a linear probe of the tensor
};

struct Additions {
  std::vector<AddedExit> exits;
  std::size_t asked = 0;         // number of exits requested; fewer are added where no more pay
  std::size_t places = 0;        // probed
  double network_accuracy = 0;   // percent right, the network's own answer
  double expected_accuracy = 0;  // percent right, when requests stop where probes are confident enough
  double expected_share = 0;     // mean cost of such a request, of the full cost
};

struct Growth {
  model::Source source;  // the same graph with the heads; the network's answer becomes its last exit
  Additions additions;
};

// Needs `settings.add_exits`. In mode Agreement, an answer is right when it is the network's own. Throws
// Error(InvalidInput) when the network has exits already or does not answer with one float32 number for each class,
// Error(Unsupported) when it has several inputs or cannot be trained, Error(NotFound), with the reason, when no exit
// pays.
Growth add_exits(const Settings& settings, const model::Source& source, const data::Dataset& dataset,
                 const std::function<void(const std::string& doing, double share)>& show = {});

std::string to_text(const Additions& additions);  // a summary line, then a line for each exit
base::Json to_json(const Additions& additions);

}  // namespace tandem::train
