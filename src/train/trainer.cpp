#include "train/trainer.h"

#include <ATen/autocast_mode.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "data/adapter.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/builder.h"
#include "train/batches.h"
#include "train/frozen_features.h"
#include "train/losses.h"
#include "train/network.h"
#include "train/optimizer.h"
#include "train/pictures.h"
#include "train/schedule.h"
#include "train/threads.h"

namespace tandem::train {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kEvaluationBatch = 250;
constexpr double kFirstExitWeight = 1;
constexpr double kLastExitWeight = 0.5;

// Convolutions and matrix products in bfloat16, if requested, during its lifetime.
class Autocast {
 public:
  explicit Autocast(Precision precision) : is_on_(precision == Precision::BFloat16) {
    if (!is_on_) return;
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(true);
  }
  ~Autocast() {
    if (!is_on_) return;
    at::autocast::clear_cache();  // converted weights are out of date after a step
    at::autocast::set_cpu_enabled(false);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool is_on_;
};

// One training batch.
struct Material {
  Values given;        // the input, or the heads' inputs from the trunk
  at::Tensor labels;   // [batch], int64
  at::Tensor teacher;  // logits of the last exit, with a frozen trunk
};

std::vector<double> weights_of(const Settings& settings, std::size_t exits) {
  if (!settings.exit_weights.empty() && settings.exit_weights.size() != exits) {
    throw Error(ErrorKind::InvalidInput, fmt::format("exit_weights: {} weights, expected {}: one for each exit",
                                                     settings.exit_weights.size(), exits));
  }
  std::vector<double> weights = settings.exit_weights;
  for (std::size_t i = 0; weights.size() < exits; ++i) {
    const double share = exits == 1 ? 0 : static_cast<double>(i) / static_cast<double>(exits - 1);
    weights.push_back(kFirstExitWeight + share * (kLastExitWeight - kFirstExitWeight));
  }
  return weights;
}

at::Tensor labels_of(const data::Part& part, const Indices& indices) {
  std::vector<std::int64_t> labels;
  for (const std::size_t index : indices) labels.push_back(part.labels[index]);
  const auto count = static_cast<std::int64_t>(labels.size());
  return to_torch(base::Tensor::of<std::int64_t>({base::ElementType::Int64, {count}}, labels));
}

void check_loss(double loss, const EpochRecord& now) {
  if (std::isfinite(loss)) return;
  throw Error(ErrorKind::InvalidInput, fmt::format("epoch {}: the loss is not finite: try a learning rate below {:.3g}",
                                                   now.epoch, now.learning_rate));
}

std::vector<base::NamedTensor> list_of(const std::map<std::string, base::Tensor>& tensors) {
  std::vector<base::NamedTensor> list;
  for (const auto& [name, tensor] : tensors) list.push_back({name, tensor});
  return list;
}

}  // namespace

struct Trainer::State {
  State(const Settings& given, const model::Source& from, const data::Dataset& data)
      : settings(given),
        source(from),
        dataset(data),
        model(engine::complete(from, *engine::onnx_runtime({given.threads}))),
        network(with_one_input(model::read_program(model))),
        pictures(picture_input(given, from, network.program().inputs[0].type).preprocessing),
        adapter(data.train.sample_shape(), data.train.samples.element(), network.program().inputs[0].type, pictures),
        schedule(given),
        exit_weights(weights_of(given, network.exits().size())),
        decided_by(what_decides(given)) {
    network.use_channels_last();
    make_optimizer();
    decided_by["model"] = model::digest_of(model::GraphBuilder(source).finish());
    decided_by["samples"] = dataset.train.count();
  }

  // The exits that are trained: all, or all but the last.
  std::size_t pupil_count() const { return network.exits().size() - (settings.trains_heads_only() ? 1 : 0); }
  const std::string& input() const { return network.program().inputs[0].name; }

  void check();
  void check_classes();
  void make_optimizer();
  void compute_features(const Show& show);
  Values input_of(const data::Part& part, const Indices& indices) const;
  Material moved_pictures(const Indices& indices, Random& random) const;
  Material features(const Indices& indices) const;
  at::Tensor loss(const Material& material);
  double step(const Material& material, double rate);
  void add_right(const data::Part& part, const Indices& indices, std::vector<std::int64_t>& right);

  Settings settings;
  model::Source source;
  const data::Dataset& dataset;
  model::Model model;
  Network network;
  input::Preprocessing pictures;
  data::Adapter adapter;
  Schedule schedule;
  std::vector<double> exit_weights;
  base::Json decided_by;
  std::optional<ParameterOptimizer> optimizer;
  std::optional<FrozenFeatures> frozen;  // in modes that train only heads
  int epochs_done = 0;
};

void Trainer::State::check() {
  for (const auto role : {data::Role::Train, data::Role::Calibration, data::Role::Test}) {
    if (data::part_of(dataset, role).count() > 0) continue;
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: the {} part has no samples", dataset.name, data::name_of(role)));
  }
  if (pupil_count() == 0) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: one exit only, so there are no heads to train; `tandem exits add` adds some",
                            network.program().name));
  }
  check_classes();
}

void Trainer::State::check_classes() {
  const at::NoGradGuard no_gradients;
  const Values logits = network.run(input_of(dataset.train, {0}), network.logits());
  for (std::size_t i = 0; i < network.exits().size(); ++i) {
    const auto& said = logits.at(network.logits()[i]);
    if (said.dim() == 2 && said.size(1) >= static_cast<std::int64_t>(dataset.class_count())) continue;
    throw Error(ErrorKind::InvalidInput,
                fmt::format("exit '{}' answers {} for a sample, expected 1x{}: a number for each class of {}",
                            network.exits()[i], base::to_string({said.sizes().begin(), said.sizes().end()}),
                            dataset.class_count(), dataset.name));
  }
}

void Trainer::State::make_optimizer() {
  std::vector<Parameter> parameters;
  for (const auto& parameter : network.parameters()) {
    if (parameter.is_in_head || !settings.trains_heads_only()) parameters.push_back(parameter);
  }
  optimizer.emplace(std::move(parameters), settings);
}

void Trainer::State::compute_features(const Show& show) {
  const auto engine = engine::onnx_runtime({settings.threads});
  std::vector<std::string> names = network.head_inputs();
  names.push_back(network.logits().back());  // the teacher's logits
  const auto show_share = [&](double share) {
    if (show) show("computing the trunk's features", share);
  };
  frozen.emplace(model, *engine, names, dataset.train, adapter, show_share);
}

Values Trainer::State::input_of(const data::Part& part, const Indices& indices) const {
  return {{input(), to_torch(adapter.batch(part, indices))}};
}

Material Trainer::State::moved_pictures(const Indices& indices, Random& random) const {
  const at::Tensor labels = labels_of(dataset.train, indices);
  if (!adapter.takes_pictures()) return {input_of(dataset.train, indices), labels, {}};
  const base::Tensor moved =
      augmented(adapter.pictures(dataset.train, indices), {settings.flip, settings.crop}, random);
  return {{{input(), to_torch(adapter.finish(moved))}}, labels, {}};
}

Material Trainer::State::features(const Indices& indices) const {
  Material material;
  for (const auto& [name, tensor] : frozen->batch(indices)) material.given[name] = to_torch(tensor);
  material.teacher = material.given.at(network.logits().back());
  material.labels = settings.mode == Mode::Agreement ? material.teacher.argmax(1) : labels_of(dataset.train, indices);
  return material;
}

at::Tensor Trainer::State::loss(const Material& material) {
  const Autocast autocast(settings.precision);
  const auto first = network.logits().begin();
  const std::vector<std::string> wanted(first, first + static_cast<std::ptrdiff_t>(pupil_count()));
  const Values logits = network.run(material.given, wanted, {true, settings.trains_heads_only()});
  std::vector<Pupil> pupils;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    pupils.push_back({logits.at(wanted[i]), exit_weights[i], i + 1 < network.exits().size()});
  const at::Tensor& teacher = material.teacher.defined() ? material.teacher : pupils.back().logits;
  return loss_of(pupils, {material.labels, teacher, settings.distillation, settings.distillation_temperature});
}

double Trainer::State::step(const Material& material, double rate) {
  const at::Tensor loss = this->loss(material);
  loss.backward();
  optimizer->step(rate);
  return loss.item<double>();
}

void Trainer::State::add_right(const data::Part& part, const Indices& indices, std::vector<std::int64_t>& right) {
  const Values logits = network.run(input_of(part, indices), network.logits());
  const at::Tensor labels = labels_of(part, indices);
  for (std::size_t i = 0; i < right.size(); ++i)
    right[i] += (logits.at(network.logits()[i]).argmax(1) == labels).sum().item<std::int64_t>();
}

Trainer::Trainer(const Settings& settings, const model::Source& source, const data::Dataset& dataset,
                 const Show& show) {
  use_threads(settings.threads);
  state_ = std::make_unique<State>(settings, source, dataset);
  state_->check();
  if (settings.trains_heads_only()) state_->compute_features(show);
}

Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

const std::vector<std::string>& Trainer::exits() const {
  return state_->network.exits();
}

int Trainer::epochs_done() const {
  return state_->epochs_done;
}

const base::Json& Trainer::decided_by() const {
  return state_->decided_by;
}

EpochRecord Trainer::run_epoch(const Show& show) {
  State& state = *state_;
  const Settings& settings = state.settings;
  const std::size_t count = state.dataset.train.count();
  EpochRecord record;
  record.epoch = state.epochs_done + 1;
  Random order = random_of(settings.seed, record.epoch, Purpose::Order);
  Random augmentation = random_of(settings.seed, record.epoch, Purpose::Augmentation);
  at::manual_seed(random_of(settings.seed, record.epoch, Purpose::Dropout)());
  const auto batches = shuffled_batches(count, static_cast<std::size_t>(settings.batch), order);
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const auto batch_count = static_cast<double>(batches.size());
    record.learning_rate = state.schedule.rate_at(state.epochs_done + (static_cast<double>(i) + 0.5) /
                                                                          batch_count);  // at the middle of the step
    const Material material =
        state.frozen ? state.features(batches[i]) : state.moved_pictures(batches[i], augmentation);
    const double loss = state.step(material, record.learning_rate);
    check_loss(loss, record);
    record.train_loss += loss * static_cast<double>(batches[i].size()) / static_cast<double>(count);
    if (show)
      show(fmt::format("epoch {} of {}", record.epoch, settings.epochs), static_cast<double>(i + 1) / batch_count);
  }
  record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  record.images_per_second = static_cast<double>(count) / record.seconds;
  ++state.epochs_done;
  return record;
}

std::vector<double> Trainer::accuracy(data::Role role, std::size_t limit) {
  const at::NoGradGuard no_gradients;
  const data::Part& part = data::part_of(state_->dataset, role);
  const std::size_t count = limit == 0 ? part.count() : std::min(limit, part.count());
  std::vector<std::int64_t> right(exits().size(), 0);
  for (auto& indices : batches_in_order(count, kEvaluationBatch)) {
    for (auto& index : indices) index = index * part.count() / count;  // files may be sorted by class
    state_->add_right(part, indices, right);
  }
  std::vector<double> percent;
  for (const auto each : right) percent.push_back(100.0 * static_cast<double>(each) / static_cast<double>(count));
  return percent;
}

Checkpoint Trainer::checkpoint() const {
  return {decided_by(), {}, list_of(state_->network.trained_weights()), state_->optimizer->state()};
}

void Trainer::restore(const Checkpoint& checkpoint, int epochs_done) {
  std::map<std::string, base::Tensor> weights;
  for (const auto& [name, tensor] : checkpoint.weights) weights[name] = tensor;
  state_->network.set_weights(weights);
  state_->make_optimizer();
  state_->optimizer->set_state(checkpoint.optimizer);
  state_->epochs_done = epochs_done;
}

model::Part Trainer::trained() const {
  model::GraphBuilder builder(state_->source);
  for (const auto& [name, tensor] : state_->network.trained_weights()) builder.replace_weight(name, tensor);
  describe(builder, state_->settings, state_->source, state_->pictures, state_->dataset);
  return builder.finish();
}

}  // namespace tandem::train
