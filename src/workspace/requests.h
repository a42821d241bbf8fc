// Requests from the test part of a data set: what a deployed plan answers, how often that is right, where requests
// stop and whether they are in time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "data/dataset.h"
#include "data/pixel_format.h"
#include "deploy/deployment.h"
#include "model/model.h"
#include "plan/problem/plan.h"

namespace CLI {
class App;
}

namespace tandem::cli {

struct DataFlags {
  std::string data;
  data::PixelFormat pixels = data::PixelFormat::Symmetric;
  std::size_t limit = 0;

  void add_to(CLI::App& command, bool is_required);
  // Pictures of many sizes are brought to the model's.
  data::Dataset read(const model::Model& model) const;
  // What its exit statistics are kept under: other samples, another name.
  std::string key() const;
};

struct Request {
  std::string exit;  // that answered; empty: none did
  bool is_right = false;
  bool is_in_time = true;
  double latency_ms = 0;  // of what was answered
};

// Asks once for each of `count` samples of the test part, chosen evenly over it, one after the other. Throws
// base::Error on a failure that is not a missed deadline.
using Ask = std::function<base::Result<deploy::Answer>(const std::vector<base::NamedTensor>& inputs)>;
std::vector<Request> run_requests(const model::Model& model, const data::Dataset& dataset, const DataFlags& flags,
                                  std::size_t count, const Ask& ask);

// Beside what the plan, if it is one for all, predicts.
base::Json json_of(const std::vector<Request>& requests, const plan::Plan* plan);
std::string text_of(const std::vector<Request>& requests, const plan::Plan* plan);

}  // namespace tandem::cli
