// Requests with samples of a data set, and their outcomes: exit, correctness and latency.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/statistics.h"
#include "base/tensor.h"
#include "deploy/deployment.h"
#include "model/model.h"
#include "workspace/data_options.h"

namespace tandem::workspace {

struct Request {
  std::string exit;  // of the answer; empty: no answer
  bool is_right = false;
  bool is_in_time = true;
  double latency_ms = 0;  // of the answer
  bool is_lost = false;   // no answer, since a machine was lost
};

// Whether the label's value is the largest of an answer.
bool is_right(const base::Tensor& answer, std::int64_t label);

using Ask = std::function<base::Result<deploy::Answer>(const std::vector<base::NamedTensor>& inputs)>;
// Calls `ask` for each of `count` samples, spread evenly over the test part, `at_once` at a time. Throws base::Error on
// a failure other than a missed deadline or a lost machine.
std::vector<Request> run_requests(const model::Model& model, const DataOptions& data, std::size_t count, const Ask& ask,
                                  std::size_t at_once = 1);

struct RequestSummary {
  std::size_t count = 0;
  std::size_t in_time = 0;
  std::size_t lost = 0;                      // without an answer, since a machine was lost
  std::size_t right = 0;                     // of the answers in time
  std::vector<double> latencies_ms;          // of the answers in time
  std::map<std::string, std::size_t> stops;  // answers in time, by exit

  double in_time_percent() const;
  double right_percent() const;
  base::Interval right_interval() const;   // 95 %, of right_percent()
  double percent(std::size_t part) const;  // of `count`
};
RequestSummary summary_of(const std::vector<Request>& requests);

}  // namespace tandem::workspace
