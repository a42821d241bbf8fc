#include "workspace/requests.h"

#include <algorithm>
#include <mutex>
#include <span>

#include "base/progress.h"
#include "data/adapter.h"
#include "engine/verify.h"
#include "exits/statistics.h"
#include "workspace/in_flight.h"

namespace tandem::workspace {
namespace {

// The answer that counts: a plan without a policy makes all exits, and the network's own is the deepest.
const base::NamedTensor& deepest(const std::vector<base::NamedTensor>& outputs, const std::vector<std::string>& exits) {
  for (auto exit = exits.rbegin(); exit != exits.rend(); ++exit) {
    const auto output = std::ranges::find(outputs, *exit, &base::NamedTensor::name);
    if (output != outputs.end()) return *output;
  }
  return outputs.back();
}

// A missed deadline and a lost machine are outcomes; any other failure ends the run.
Request outcome_of(const base::Result<deploy::Answer>& answer, const std::vector<std::string>& exits,
                   std::int64_t label) {
  if (!answer) {
    const auto kind = answer.error().kind();
    if (!base::is_loss(kind)) throw base::Error(answer.error());
    return {"", false, false, 0, kind == base::ErrorKind::Unavailable};
  }
  const auto& output = deepest(answer.value().outputs, exits);
  return {output.name, is_right(output.tensor, label), true, answer.value().latency_ms};
}

}  // namespace

bool is_right(const base::Tensor& answer, std::int64_t label) {
  return exits::likeliest_class(answer.values<float>()) == label;
}

std::vector<Request> run_requests(const model::Model& model, const DataOptions& data, std::size_t count, const Ask& ask,
                                  std::size_t at_once) {
  const auto [dataset, pictures] = read_data(data, model);
  const data::Part& test = dataset.test;
  const auto input = engine::input_types(model).at(0);
  const data::Adapter adapter(test.sample_shape(), test.samples.element(), input.type, pictures);
  const auto exits = model::exits_of(model);
  base::ProgressBar progress;
  std::mutex mutex;  // of the progress
  std::vector<Request> requests(count);
  do_in_flight(count, at_once, [&](std::size_t i) {
    {
      const std::lock_guard lock(mutex);
      progress.show("running requests", static_cast<double>(i) / static_cast<double>(count));
    }
    const std::size_t sample = i * test.count() / count;
    requests[i] =
        outcome_of(ask({{input.name, adapter.batch(test, std::span(&sample, 1))}}), exits, test.labels[sample]);
  });
  return requests;
}

RequestSummary summary_of(const std::vector<Request>& requests) {
  RequestSummary summary;
  summary.count = requests.size();
  for (const auto& request : requests) {
    summary.lost += request.is_lost ? 1 : 0;
    if (!request.is_in_time) continue;
    ++summary.in_time;
    summary.right += request.is_right ? 1 : 0;
    summary.latencies_ms.push_back(request.latency_ms);
    ++summary.stops[request.exit];
  }
  return summary;
}

double RequestSummary::percent(std::size_t part) const {
  return count == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(count);
}

double RequestSummary::in_time_percent() const {
  return percent(in_time);
}

double RequestSummary::right_percent() const {
  return percent(right);
}

base::Interval RequestSummary::right_interval() const {
  return base::binomial_interval(right, count);
}

}  // namespace tandem::workspace
