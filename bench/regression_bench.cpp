// How well the times of a model that was never measured are predicted: each model of a cost store from the others on
// the same machine with the same engine, by our terms, by Edgent's, and by Edgent's with our kinds of convolution.
//
//   regression_bench STORE [MODEL.onnx …] [--json]
//
// The files only give the models their names; one that is not among them goes by its digest.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/json.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "cost/estimate.h"
#include "cost/regression.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "store/store.h"

namespace tandem::bench {
namespace {

using cost::KernelSample;
using cost::Regression;
using cost::Terms;

using Names = std::map<std::string, std::string>;  // by digest

struct Measured {
  std::string name;
  double whole_ms = 0;
  std::vector<KernelSample> kernels;
};

// By machine and engine.
using Machines = std::map<std::pair<std::string, std::string>, std::vector<Measured>>;

struct Prediction {
  std::string name;
  double measured_ms = 0;
  cost::Interval90 whole;
  std::vector<double> kernel_errors;  // |predicted ÷ measured − 1|
  std::size_t kernels_inside = 0;     // the 90 % interval

  double error() const { return std::abs(whole.ms / measured_ms - 1); }
  bool is_inside() const { return whole.low_ms <= measured_ms && measured_ms <= whole.high_ms; }
};

Names names_of(const std::vector<std::filesystem::path>& files) {
  Names names;
  const auto engine = engine::onnx_runtime({});
  for (const auto& file : files) names[engine::load_model(file, *engine).digest()] = file.stem().string();
  return names;
}

Machines read(const store::Store& store, const Names& names) {
  Machines machines;
  for (const auto& examination : store.all_examinations()) {
    const auto& identity = examination.identity;
    const auto stages = store.stage_times(identity);
    const auto* whole = cost::find_whole(stages, examination.layer_count);
    if (whole == nullptr || whole->samples_ms.empty()) continue;
    auto& models = machines[{identity.machine, identity.engine}];
    const auto known = names.find(identity.model);
    const std::string name = known == names.end() ? identity.model.substr(0, 12) : known->second;
    if (std::ranges::find(models, name, &Measured::name) != models.end()) continue;  // the machine under another name
    const double whole_ms = base::median(whole->samples_ms);
    models.push_back({name, whole_ms, cost::samples_of(examination, whole_ms)});
  }
  return machines;
}

Prediction predict(const std::vector<Measured>& models, const Measured& left_out, Terms terms) {
  std::vector<KernelSample> others;
  for (const auto& model : models) {
    if (&model != &left_out) others.insert(others.end(), model.kernels.begin(), model.kernels.end());
  }
  const Regression regression(others, terms);
  Prediction prediction{left_out.name, left_out.whole_ms, {}, {}, 0};
  std::vector<cost::Features> features;
  for (const auto& kernel : left_out.kernels) {
    features.push_back(kernel.features);
    if (!(kernel.ms > 0)) continue;
    const auto expected = regression.predict(kernel.features);
    prediction.kernel_errors.push_back(std::abs(expected.ms / kernel.ms - 1));
    if (expected.low_ms <= kernel.ms && kernel.ms <= expected.high_ms) ++prediction.kernels_inside;
  }
  prediction.whole = regression.predict_whole(features);
  return prediction;
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

double share(std::size_t part, std::size_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

base::Json report(const Prediction& prediction) {
  const double median = base::median(prediction.kernel_errors);
  const double inside = share(prediction.kernels_inside, prediction.kernel_errors.size());
  return {{"model", prediction.name},
          {"measured_ms", prediction.measured_ms},
          {"predicted_ms", prediction.whole.ms},
          {"low_ms", prediction.whole.low_ms},
          {"high_ms", prediction.whole.high_ms},
          {"error", prediction.error()},
          {"kernels", prediction.kernel_errors.size()},
          {"kernel_error_median", median},
          {"kernels_inside", inside}};
}

base::Json report_all(const std::vector<Prediction>& predictions) {
  std::vector<double> wholes, kernels;
  std::size_t inside = 0, wholes_inside = 0;
  for (const auto& each : predictions) {
    wholes.push_back(each.error());
    kernels.insert(kernels.end(), each.kernel_errors.begin(), each.kernel_errors.end());
    inside += each.kernels_inside;
    wholes_inside += each.is_inside() ? 1 : 0;
  }
  return {{"error_median", base::median(wholes)},
          {"error_worst", base::quantile(wholes, 1)},
          {"wholes_inside", wholes_inside},
          {"kernel_error_median", base::median(kernels)},
          {"kernels_inside", share(inside, kernels.size())}};
}

void print(const base::Json& row) {
  fmt::print("  {:<20} {:>9.2f} {:>9.2f} {:>9.2f}–{:<9.2f} {:>8} {:>8} {:>12} {:>9}\n", row["model"].get<std::string>(),
             row["measured_ms"].get<double>(), row["predicted_ms"].get<double>(), row["low_ms"].get<double>(),
             row["high_ms"].get<double>(), percent(row["error"].get<double>()), row["kernels"].get<std::size_t>(),
             percent(row["kernel_error_median"].get<double>()), percent(row["kernels_inside"].get<double>()));
}

void print_all(const base::Json& all, std::size_t models) {
  fmt::print(
      "  overall, {} models: error median {} (asked ≤ 15 %), worst {}; kernels' error median {} (asked ≤ 30 %), {} of "
      "them inside (asked 85–95 %); {} wholes inside\n",
      models, percent(all["error_median"].get<double>()), percent(all["error_worst"].get<double>()),
      percent(all["kernel_error_median"].get<double>()), percent(all["kernels_inside"].get<double>()),
      all["wholes_inside"].get<std::size_t>());
}

base::Json compare(const std::vector<Measured>& models, Terms terms, const char* title, bool as_json) {
  if (!as_json) {
    fmt::print("\n{}\n  {:<20} {:>9} {:>9} {:>19} {:>8} {:>8} {:>12} {:>9}\n", title, "model", "measured", "predicted",
               "90 % interval", "error", "kernels", "their error", "inside");
  }
  std::vector<Prediction> predictions;
  base::Json rows = base::Json::array();
  for (const auto& model : models) {
    predictions.push_back(predict(models, model, terms));
    rows.push_back(report(predictions.back()));
    if (!as_json) print(rows.back());
  }
  const base::Json all = report_all(predictions);
  if (!as_json) print_all(all, models.size());
  return {{"models", rows}, {"overall", all}};
}

void run(const std::filesystem::path& path, const std::vector<std::filesystem::path>& files, bool as_json) {
  const Machines machines = read(store::Store(path), names_of(files));
  base::Json list = base::Json::array();
  for (const auto& [key, models] : machines) {
    const auto& [machine, engine] = key;
    if (models.size() < 2) continue;
    if (!as_json) fmt::print("{}; {}\n", machine, engine);
    list.push_back({{"machine", machine},
                    {"engine", engine},
                    {"tandem", compare(models, Terms::Tandem, "Tandem's terms", as_json)},
                    {"edgent", compare(models, Terms::Edgent, "Edgent's features", as_json)},
                    {"edgent_by_kind", compare(models, Terms::EdgentByKind,
                                               "Edgent's features, with our kinds of convolution", as_json)}});
    if (!as_json) fmt::print("\n");
  }
  if (list.empty())
    throw base::Error(base::ErrorKind::NotFound,
                      fmt::format("{}: expected two models at least that were measured on one machine", path.string()));
  if (as_json) fmt::print("{}\n", list.dump(1));
}

}  // namespace
}  // namespace tandem::bench

int main(int argc, char** argv) {
  tandem::cli::CommandLine command_line("How well the times of a model that was never measured are predicted");
  tandem::cli::Command application = command_line.root();
  std::filesystem::path store;
  std::vector<std::filesystem::path> files;
  bool as_json = false;
  application.add_option("store", store).required().existing_file();
  application.add_option("models", files, "ONNX files, for their names").existing_file();
  application.add_flag("--json", as_json);
  if (const auto code = command_line.parse(argc, argv)) return *code;
  try {
    tandem::bench::run(store, files, as_json);
  } catch (const std::exception& failure) {
    return tandem::base::report_failure("regression_bench", failure);
  }
}
