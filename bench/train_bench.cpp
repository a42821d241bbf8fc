// Training throughput of the five-exit AlexNet: epochs of our trainer, which starts from bytes and moves and mirrors
// them, against steps of plain libtorch on the same network written by hand, which finds its batch ready. Same batch,
// precision and layout; in turn.
//
//   train_bench [--batch 128] [--steps 8] [--runs 15] [--threads 0] [--json]
#include <ATen/autocast_mode.h>
#include <fmt/format.h>
#include <torch/nn.h>
#include <torch/optim/sgd.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <random>

#include "base/error.h"
#include "base/json.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "train/trainer.h"
#include "zoo/zoo.h"

namespace tandem::bench {
namespace {

namespace nn = torch::nn;
using train::Precision;

constexpr std::int64_t kClasses = 10;
constexpr std::int64_t kSide = 32;
constexpr double kMomentum = 0.9;
constexpr double kWeightDecay = 5e-4;
constexpr double kRate = 0.01;

struct Options {
  int batch = 128;
  int steps = 8;  // of one sample
  int runs = 15;
  int threads = 0;
};

nn::Conv2d conv(std::int64_t from, std::int64_t to, std::int64_t side) {
  return nn::Conv2d(nn::Conv2dOptions(from, to, side).padding(side / 2));
}
nn::MaxPool2d pool() {
  return nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).ceil_mode(true));
}
nn::LocalResponseNorm norm() {
  return nn::LocalResponseNorm(nn::LocalResponseNormOptions(3).alpha(5e-5).beta(0.75).k(1));
}

// zoo/small.cpp's alexnet5, as one writes it for libtorch.
class PlainNetworkImpl : public nn::Module {
 public:
  PlainNetworkImpl() {
    trunk_ = {nn::Sequential(conv(3, 32, 5), nn::ReLU(), pool(), norm()),
              nn::Sequential(conv(32, 64, 5), nn::ReLU(), pool(), norm()), nn::Sequential(conv(64, 96, 3), nn::ReLU()),
              nn::Sequential(conv(96, 96, 3), nn::ReLU()),
              nn::Sequential(conv(96, 64, 3), nn::ReLU(), pool(), nn::Flatten(), nn::Linear(1024, 256), nn::ReLU(),
                             nn::Dropout(0.5), nn::Linear(256, 128), nn::ReLU(), nn::Dropout(0.5),
                             nn::Linear(128, kClasses))};
    heads_ = {head(32, 8, false), head(64, 4, false), head(96, 4, true), head(96, 4, false)};
    for (std::size_t i = 0; i < trunk_.size(); ++i) register_module(fmt::format("trunk{}", i), trunk_[i]);
    for (std::size_t i = 0; i < heads_.size(); ++i) register_module(fmt::format("head{}", i), heads_[i]);
  }

  std::vector<at::Tensor> forward(at::Tensor x) {
    std::vector<at::Tensor> exits;
    for (std::size_t i = 0; i < trunk_.size(); ++i) {
      x = trunk_[i]->forward(x);
      exits.push_back(i < heads_.size() ? heads_[i]->forward(x) : x);
    }
    return exits;
  }

 private:
  static nn::Sequential head(std::int64_t channels, std::int64_t side, bool has_dropout) {
    nn::Sequential head(conv(channels, 32, 3), nn::ReLU(), conv(32, 32, 3), nn::ReLU(), pool(), nn::Flatten(),
                        nn::Linear(32 * side * side, 64), nn::ReLU());
    if (has_dropout) head->push_back(nn::Dropout(0.5));
    head->push_back(nn::Linear(64, kClasses));
    return head;
  }

  std::vector<nn::Sequential> trunk_;
  std::vector<nn::Sequential> heads_;
};
TORCH_MODULE(PlainNetwork);

class PlainTrainer {
 public:
  PlainTrainer(const Options& options, Precision precision)
      : options_(options),
        precision_(precision),
        optimizer_(network_->parameters(),
                   torch::optim::SGDOptions(kRate).momentum(kMomentum).nesterov(true).weight_decay(kWeightDecay)),
        pictures_(torch::rand({options.batch, 3, kSide, kSide}).contiguous(at::MemoryFormat::ChannelsLast)),
        labels_(torch::randint(kClasses, {options.batch}, at::kLong)) {
    for (auto& parameter : network_->parameters()) {
      if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
    }
  }

  // Images per second over the steps of one sample.
  double run() {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < options_.steps; ++i) step();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return options_.steps * options_.batch / seconds;
  }

 private:
  void step() {
    optimizer_.zero_grad();
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(precision_ == Precision::BFloat16);
    at::Tensor loss = torch::zeros({});
    for (const auto& logits : network_->forward(pictures_))
      loss = loss + nn::functional::cross_entropy(logits.to(at::kFloat), labels_);
    at::autocast::clear_cache();
    at::autocast::set_cpu_enabled(false);
    loss.backward();
    optimizer_.step();
  }

  Options options_;
  Precision precision_;
  PlainNetwork network_;
  torch::optim::SGD optimizer_;
  at::Tensor pictures_;
  at::Tensor labels_;
};

data::Part noise(std::int64_t count) {
  std::mt19937 random(1);
  data::Part part;
  part.samples = base::Tensor::allocate({base::ElementType::UInt8, {count, 3, kSide, kSide}});
  for (auto& pixel : part.samples.mutable_values<std::uint8_t>()) pixel = static_cast<std::uint8_t>(random());
  for (std::int64_t i = 0; i < count; ++i) part.labels.push_back(static_cast<std::int64_t>(random() % kClasses));
  return part;
}

data::Dataset noise_for(const Options& options) {
  data::Dataset dataset{"noise", noise(options.steps * options.batch), noise(1), noise(1), {}};
  dataset.class_names.resize(kClasses);
  return dataset;
}

train::Settings settings_for(const Options& options, Precision precision) {
  train::Settings settings;
  settings.epochs = options.runs + 1;
  settings.batch = options.batch;
  settings.learning_rate = kRate;
  settings.momentum = kMomentum;
  settings.weight_decay = kWeightDecay;
  settings.precision = precision;
  settings.threads = options.threads;
  return settings;
}

base::Json measure(const Options& options, Precision precision) {
  const data::Dataset dataset = noise_for(options);
  const auto source = model::Source::from_part(zoo::build("alexnet5", {.classes = kClasses}), "alexnet5");
  train::Trainer trainer(settings_for(options, precision), source, dataset);
  PlainTrainer plain(options, precision);
  std::vector<double> ours;
  std::vector<double> theirs;
  std::vector<double> ratios;
  for (int run = -1; run < options.runs; ++run) {  // the first one warms up
    const double a = trainer.run_epoch().images_per_second;
    const double b = plain.run();
    if (run < 0) continue;
    ours.push_back(a);
    theirs.push_back(b);
    ratios.push_back(a / b);
  }
  const auto interval = base::median_interval(ratios);
  const auto ours_interval = base::median_interval(ours);
  const auto plain_interval = base::median_interval(theirs);
  return {{"precision", precision == Precision::BFloat16 ? "bfloat16" : "float32"},
          {"batch", options.batch},
          {"tandem_images_per_second", base::median(ours)},
          {"tandem_low", ours_interval.low},
          {"tandem_high", ours_interval.high},
          {"plain_images_per_second", base::median(theirs)},
          {"plain_low", plain_interval.low},
          {"plain_high", plain_interval.high},
          {"ratio", base::median(ratios)},
          {"ratio_low", interval.low},
          {"ratio_high", interval.high}};
}

void print(const base::Json& row) {
  const auto number = [&](const char* key) { return row[key].get<double>(); };
  fmt::print("{:<10} {:>8.0f} ({:.0f}–{:.0f}) {:>8.0f} ({:.0f}–{:.0f}) {:>8.3f} ({:.3f}–{:.3f})\n",
             row["precision"].get<std::string>(), number("tandem_images_per_second"), number("tandem_low"),
             number("tandem_high"), number("plain_images_per_second"), number("plain_low"), number("plain_high"),
             number("ratio"), number("ratio_low"), number("ratio_high"));
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("Training throughput beside plain libtorch");
  cli::Command application = command_line.root();
  bench::Options options;
  bool json = false;
  application.add_option("--batch", options.batch).range(1, 65536);
  application.add_option("--steps", options.steps).range(1, 100000);
  application.add_option("--runs", options.runs).range(1, 10000);
  application.add_option("--threads", options.threads).range(0, 1024);
  application.add_flag("--json", json);
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  base::Json rows = base::Json::array();
  if (!json)
    fmt::print("images per second, five-exit AlexNet, batch {}; medians, 95 % intervals\n{:<10} {:>8} {:>21} {:>21}\n",
               options.batch, "precision", "tandem", "plain libtorch", "ratio");
  try {
    for (const auto precision : {train::Precision::Float32, train::Precision::BFloat16}) {
      rows.push_back(bench::measure(options, precision));
      if (!json) bench::print(rows.back());
    }
  } catch (const std::exception& error) {
    return base::report_failure("train_bench", error);
  }
  if (json) fmt::print("{}\n", rows.dump(1));
}
