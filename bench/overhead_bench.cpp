// What Tandem adds when everything runs on one target: requests through a Deployment on the target "here", against a
// bare ONNX Runtime loop over the same file with as many threads, in turn.
//
//   overhead_bench FILE.onnx [--runs 100] [--threads 1] [--json]
#include <fmt/format.h>
#include <onnxruntime_cxx_api.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>

#include "base/json.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "deploy/deployment.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "workspace/fleet_access.h"

namespace tandem::bench {
namespace {

double time_ms(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return base::Milliseconds(std::chrono::steady_clock::now() - start).count();
}

// As little as an ONNX Runtime program can do: one session, one input tensor, Run.
class BareLoop {
 public:
  BareLoop(const std::string& path, int threads, const base::NamedTensor& input)
      : environment_(ORT_LOGGING_LEVEL_ERROR), input_(input) {
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(threads);
    options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
    session_ = Ort::Session(environment_, path.c_str(), options);
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session_.GetOutputCount(); ++i)
      outputs_.emplace_back(session_.GetOutputNameAllocated(i, allocator).get());
  }

  void run() {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
    auto value = Ort::Value::CreateTensor(memory, input_.tensor.mutable_bytes().data(), input_.tensor.size(),
                                          input_.tensor.shape().data(), input_.tensor.shape().size(),
                                          static_cast<ONNXTensorElementDataType>(input_.tensor.element()));
    const char* input_name = input_.name.c_str();
    std::vector<const char*> output_names;
    for (const auto& output : outputs_) output_names.push_back(output.c_str());
    session_.Run(Ort::RunOptions{nullptr}, &input_name, &value, 1, output_names.data(), output_names.size());
  }

 private:
  Ort::Env environment_;
  Ort::Session session_{nullptr};
  base::NamedTensor input_;
  std::vector<std::string> outputs_;
};

base::Json measure(const std::string& path, int runs, int threads) {
  const auto engine = engine::onnx_runtime({threads});
  const model::Model model = engine::load_model(path, *engine);
  const auto types = engine->load(model.whole())->inputs();
  const std::vector<base::NamedTensor> inputs = {{types.at(0).name, engine::made_up_inputs(types).at(0)}};
  const fleet::Fleet fleet = fleet::parse_fleet("targets: [{name: device, tier: device}]", "fleet");
  const workspace::FleetAccess access(fleet, 1, *engine);
  deploy::Deployment deployment(model, access.targets());
  plan::Plan plan;
  plan.stages.push_back({.target = "device", .ranges = {{0, model.graph().layers.size()}}});
  const deploy::Route route = deployment.add({plan}).at(0);
  BareLoop bare(path, threads, inputs[0]);
  std::vector<double> tandem_ms;
  std::vector<double> bare_ms;
  std::vector<double> ratios;
  for (int run = -5; run < runs; ++run) {
    const double a = time_ms([&] { (void)deployment.run(route, inputs).take(); });
    const double b = time_ms([&] { bare.run(); });
    if (run < 0) continue;
    tandem_ms.push_back(a);
    bare_ms.push_back(b);
    ratios.push_back(a / b);
  }
  const auto interval = base::median_interval(ratios);
  return {{"file", path},
          {"threads", threads},
          {"tandem_ms", base::median(tandem_ms)},
          {"bare_ms", base::median(bare_ms)},
          {"ratio_of_medians", base::median(tandem_ms) / base::median(bare_ms)},
          {"median_ratio", base::median(ratios)},
          {"median_ratio_low", interval.low},
          {"median_ratio_high", interval.high}};
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("Tandem on one target against a bare ONNX Runtime loop");
  cli::Command application = command_line.root();
  std::string path;
  int runs = 100;
  int threads = 1;
  bool json = false;
  application.add_option("file", path).required();
  application.add_option("--runs", runs);
  application.add_option("--threads", threads);
  application.add_flag("--json", json);
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  const base::Json row = bench::measure(path, runs, threads);
  if (json) {
    fmt::print("{}\n", row.dump(1));
  } else {
    fmt::print("tandem {:.3f} ms, bare {:.3f} ms: {:.4f} (pair by pair {:.4f}, 95 % interval {:.4f}–{:.4f})\n",
               row["tandem_ms"].get<double>(), row["bare_ms"].get<double>(), row["ratio_of_medians"].get<double>(),
               row["median_ratio"].get<double>(), row["median_ratio_low"].get<double>(),
               row["median_ratio_high"].get<double>());
  }
}
