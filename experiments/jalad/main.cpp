// JALAD's question (Li et al. 2018: which cut, and with how many bits, for a loss of accuracy that one allows), asked
// again of trained networks and of published measurements. README.md says what it prints and writes.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/unix_time.h"
#include "cli/command_line.h"
#include "cuts.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "jalad_page.h"
#include "last_exit.h"
#include "rates.h"
#include "results.h"
#include "tables.h"
#include "timing.h"
#include "tune/exits.h"

namespace tandem::jalad {
namespace {

using base::Json;
using Rates = std::vector<std::vector<cost::CodecRate>>;  // by tensor

struct Options {
  std::vector<std::string> models;
  RatesSetting rates;
  std::string rates_file;
  LatencySetting latency;
  MapSetting map;
  std::string json;
  std::string html;
};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

class Experiment {
 public:
  Experiment(const Options& options, profile::Progress progress)
      : options_(options),
        progress_(std::move(progress)),
        engine_(engine::onnx_runtime({1})),
        file_(options.rates_file) {}

  Json run() {
    for (const char* key : {"networks", "rates", "cuts", "totals", "latency", "methods"}) report_[key] = Json::array();
    for (const auto& method : methods()) report_["methods"].push_back({{"name", method.name}, {"about", method.about}});
    for (const auto& path : options_.models) study(path);
    const Totals totals = add_totals(kAllExits, all_exits_);
    add_totals(kLastExit, last_exit_);
    report_["map"] = map(totals);
    return describe();
  }

 private:
  void study(const std::string& path) {
    const std::string name = std::filesystem::path(path).stem().string();
    const model::Model model = engine::load_model(path, *engine_);
    const bool has_exits = model::exits_of(model).size() > 1;
    const model::Model last = has_exits ? with_last_exit_only(model, *engine_) : model;
    const auto compared = tensors_to_compare(last.graph());
    const auto samples = workspace::read_data(options_.rates.data, model);
    const Rates rates = file_.rates_of(model, *engine_, samples, options_.rates, progress_);
    const Rates last_rates = has_exits ? file_.rates_of(last, *engine_, samples, options_.rates, progress_) : rates;
    add_rates(name, kAllExits, rates, compared, all_exits_);
    add_rates(name, kLastExit, last_rates, compared, last_exit_);
    add_latency(name, last, last_rates);
    report_["networks"].push_back(
        {{"name", name}, {"file", path}, {"layers", model.graph().layers.size()}, {"exits", model::exits_of(model)}});
    report_["samples"] = {{"calibration", samples.dataset.calibration.count()}, {"test", samples.dataset.test.count()}};
  }

  void add_rates(const std::string& name, const char* exits, const Rates& rates,
                 const std::vector<std::string>& compared, std::vector<CutSummary>& all_cuts) {
    std::vector<CutSummary> cuts;
    for (const auto& of_tensor : rates) {
      const bool is_cut = contains(compared, of_tensor.front().tensor);
      report_["rates"].push_back(rates_json(name, exits, is_cut, of_tensor));
      if (is_cut) cuts.push_back(summarize(name, of_tensor, options_.latency.points));
    }
    for (const auto& cut : cuts) report_["cuts"].push_back(cut_json(cut, exits));
    report_["totals"].push_back(totals_json(name, exits, cuts));
    all_cuts.insert(all_cuts.end(), cuts.begin(), cuts.end());
  }

  Totals add_totals(const char* exits, const std::vector<CutSummary>& cuts) {
    report_["totals"].push_back(totals_json("all networks", exits, cuts));
    return totals_of(cuts);
  }

  void add_latency(const std::string& name, const model::Model& model, const Rates& rates) {
    progress_("timing " + name, 0);
    Subject subject{model.graph(), time_layers(model, *engine_), {}};
    for (const auto& of_tensor : rates) subject.rates.insert(subject.rates.end(), of_tensor.begin(), of_tensor.end());
    report_["latency"].push_back(latency_json(name, subject, options_.latency));
  }

  Json map(const Totals& totals) {
    const auto folder = scission::find_data();
    if (!folder || totals.cuts == 0) return {};
    progress_("drawing the map", 0);
    const auto& speed = options_.latency.speed;
    return map_json(scission::read(*folder),
                    {{"float32", 32, {}},
                     {"8 bits", 8, {}},
                     {"JALAD, median rate", totals.median_jalad_bits, options_.latency.jalad_speed},
                     {"ours, median rate", totals.median_bits, speed},
                     {"ours, upper quartile", totals.upper_quartile_bits, speed}},
                    options_.map);
  }

  Json describe() {
    const auto& latency = options_.latency;
    report_.update(Json{{"format", "tandem.jalad"},
                        {"version", 1},
                        {"measured_at_s", base::unix_time_s()},
                        {"data", options_.rates.data.name},
                        {"points", latency.points},
                        {"slowdowns", latency.slowdowns},
                        {"encode_mbs", latency.speed.encode_mbs},
                        {"decode_mbs", latency.speed.decode_mbs},
                        {"jalad_encode_mbs", latency.jalad_speed.encode_mbs},
                        {"jalad_decode_mbs", latency.jalad_speed.decode_mbs},
                        {"bandwidths_mbps", latency.bandwidths_mbps}});
    return std::move(report_);
  }

  const Options& options_;
  profile::Progress progress_;
  std::unique_ptr<engine::Engine> engine_;
  RatesFile file_;
  Json report_;
  std::vector<CutSummary> all_exits_;
  std::vector<CutSummary> last_exit_;
};

void run(const Options& options) {
  Json report;
  {
    base::ProgressBar bar;
    Experiment experiment(options, [&](const std::string& doing, double share) { bar.show(doing, share); });
    report = experiment.run();
  }
  if (!options.json.empty()) base::write_file(options.json, report.dump(1) + "\n");
  if (!options.html.empty()) base::write_file(options.html, jalad_page(report));
  print_tables(report);
}

}  // namespace
}  // namespace tandem::jalad

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line(
      "Bits per element against accuracy at every cut of trained networks, where that makes a split win, and what it "
      "does to latency: JALAD's codec, Tandem's, and others");
  cli::Command application = command_line.root();
  jalad::Options options;
  options.models = {"models/alexnet5-fashion-mnist.onnx"};
  options.latency.speed = options.latency.jalad_speed = {250, 250};
  options.map.bandwidths_mbps = jalad::spread(0.1, 1000, 21);
  application.add_option("models", options.models, "ONNX files of trained networks").show_default();
  application.add_option("--data", options.rates.data.name, "As `tandem run --data`").show_default();
  application.add_option("--limit", options.rates.data.limit, "Samples of each part; 0: all").show_default();
  application
      .add_option_function<std::string>(
          "--pixels",
          [&](const std::string& name) { options.rates.data.pictures.pixels = input::parse_pixel_format(name); },
          "Values of pictures (default: as the model says)")
      .one_of(input::pixel_format_names());
  application.add_option("--tensors", options.rates.tensors, "Only these (default: all that cross)")
      .separated_by_commas();
  application.add_option("--losses", options.rates.losses, "Bounds to find settings for, percentage points")
      .separated_by_commas();
  application.add_option("--rates", options.rates_file, "File in which rates are kept, and looked up first");
  application.add_option("--points", options.latency.points, "Bound for summaries and plans, one of the losses")
      .show_default();
  application
      .add_option("--encode-mbs", options.latency.speed.encode_mbs,
                  "MB of float32 a second that the fitted codec encodes on one core of a server; 0: no time")
      .show_default();
  application.add_option("--decode-mbs", options.latency.speed.decode_mbs, "That it decodes").show_default();
  application.add_option("--jalad-encode-mbs", options.latency.jalad_speed.encode_mbs, "The same of JALAD's codec")
      .show_default();
  application.add_option("--jalad-decode-mbs", options.latency.jalad_speed.decode_mbs, "The same of JALAD's codec")
      .show_default();
  application.add_option("--slowdown", options.latency.slowdowns, "Of the device, the edge and the cloud")
      .separated_by_commas()
      .count(3);
  application.add_option("--bandwidths", options.latency.bandwidths_mbps, "Mbit/s, for latencies")
      .separated_by_commas();
  application.add_option("--input-bytes", options.map.input_bytes, "Of the map's networks, on the wire").show_default();
  application.add_option("--json", options.json, "File for everything that was found");
  application.add_option("--html", options.html, "File for a page with plots");
  try {
    if (const auto code = command_line.parse(argument_count, arguments)) return *code;
    jalad::run(options);
  } catch (const std::exception& failure) {
    return base::report_failure("jalad", failure);
  }
}
