#include "train/settings.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::train {
namespace {

using base::Json;
using base::JsonView;

constexpr int kVersion = 1;
constexpr std::size_t kMostExits = 64;
constexpr std::size_t kMostInputs = 64;
constexpr std::int64_t kMostAddedExits = 16;
constexpr double kLeast = 1e-9;  // positive numbers are at least this

template <class T>
using Choice = std::pair<const char*, T>;

constexpr std::array<Choice<Mode>, 3> kModes = {
    {{"joint", Mode::Joint}, {"heads", Mode::Heads}, {"agreement", Mode::Agreement}}};
constexpr std::array<Choice<Optimizer>, 2> kOptimizers = {{{"sgd", Optimizer::Sgd}, {"adam", Optimizer::Adam}}};
constexpr std::array<Choice<Precision>, 2> kPrecisions = {
    {{"float32", Precision::Float32}, {"bfloat16", Precision::BFloat16}}};

template <class T, std::size_t n>
T parse(const JsonView& view, const std::array<Choice<T>, n>& choices) {
  const std::string text = view.string();
  const auto choice = std::ranges::find(choices, text, &Choice<T>::first);
  if (choice != choices.end()) return choice->second;
  std::vector<std::string> names;
  for (const auto& each : choices) names.emplace_back(each.first);
  view.fail(fmt::format("one of {}", fmt::join(names, ", ")));
}

template <class T, std::size_t n>
std::string name_of(T value, const std::array<Choice<T>, n>& choices) {
  return std::ranges::find(choices, value, &Choice<T>::second)->first;
}

// Reads optional members; a missing one leaves `value` unchanged.
class Reader {
 public:
  explicit Reader(const JsonView& root) : root_(root) {}

  void number(const char* key, double& value, double minimum, double maximum) const {
    if (const auto view = root_.find(key)) value = view->number(minimum, maximum);
  }
  template <class T>
  void integer(const char* key, T& value, std::int64_t minimum, std::int64_t maximum) const {
    if (const auto view = root_.find(key)) value = static_cast<T>(view->integer(minimum, maximum));
  }
  void boolean(const char* key, bool& value) const {
    if (const auto view = root_.find(key)) value = view->boolean();
  }
  void path(const char* key, std::filesystem::path& value) const {
    if (const auto view = root_.find(key)) value = text(*view);
  }
  template <class T, std::size_t n>
  void choice(const char* key, T& value, const std::array<Choice<T>, n>& choices) const {
    if (const auto view = root_.find(key)) value = parse(*view, choices);
  }
  std::string needed(const char* key) const { return text(root_[key]); }

 private:
  static std::string text(const JsonView& view) {
    std::string text = view.string();
    if (text.empty()) view.fail("text that is not empty");
    return text;
  }

  const JsonView& root_;
};

std::vector<double> read_exit_weights(const JsonView& view) {
  std::vector<double> weights;
  for (const auto& item : view.items(kMostExits)) weights.push_back(item.number(0, 1e6));
  if (std::ranges::all_of(weights, [](double weight) { return weight == 0; })) view.fail("a weight above 0");
  return weights;
}

model::ShapeByInput read_shapes(const JsonView& view) {
  std::vector<std::string> texts;
  for (const auto& item : view.items(kMostInputs)) texts.push_back(item.string());
  return model::parse_shapes(texts);
}

void read_data(const JsonView& root, Settings& settings) {
  const Reader reader(root);
  if (const auto shapes = root.find("shapes")) settings.shapes = read_shapes(*shapes);
  settings.model = reader.needed("model");
  settings.output = reader.needed("output");
  settings.data = reader.needed("data");
  if (const auto pixels = root.find("pixels")) settings.pixels = input::parse_pixel_format(pixels->string());
  reader.integer("limit", settings.limit, 0, 1'000'000'000);
  reader.number("calibration_share", settings.calibration_share, kLeast, 0.5);
}

AddExits read_added_exits(const JsonView& view) {
  view.allow_only({"count", "loss_points"});
  AddExits exits;
  const Reader reader(view);
  reader.integer("count", exits.count, 1, kMostAddedExits);
  reader.number("loss_points", exits.loss_points, 0, 100);
  return exits;
}

void read_mode(const JsonView& root, Settings& settings) {
  if (const auto exits = root.find("add_exits")) settings.add_exits = read_added_exits(*exits);
  if (settings.add_exits) settings.mode = Mode::Heads;
  Reader(root).choice("mode", settings.mode, kModes);
  if (settings.add_exits && !settings.trains_heads_only())
    root["mode"].fail("heads or agreement, since exits are added to a trained network");
}

void read_optimization(const Reader& reader, Settings& settings) {
  reader.integer("epochs", settings.epochs, 1, 100'000);
  reader.integer("batch", settings.batch, 1, 1 << 16);
  reader.choice("optimizer", settings.optimizer, kOptimizers);
  reader.number("learning_rate", settings.learning_rate, 0, 1000);
  reader.number("momentum", settings.momentum, 0, 0.9999);
  reader.number("clip_norm", settings.clip_norm, 0, 1e9);
  reader.number("weight_decay", settings.weight_decay, 0, 1);
  settings.warmup_epochs = std::min(settings.warmup_epochs, 0.1 * settings.epochs);
  reader.number("warmup_epochs", settings.warmup_epochs, 0, settings.epochs);
}

void read_lessons(const JsonView& root, Settings& settings) {
  const Reader reader(root);
  if (const auto weights = root.find("exit_weights")) settings.exit_weights = read_exit_weights(*weights);
  reader.number("distillation", settings.distillation, 0, 1);
  reader.number("distillation_temperature", settings.distillation_temperature, 0.01, 100);
  reader.boolean("flip", settings.flip);
  reader.integer("crop", settings.crop, 0, 1024);
  reader.integer("seed", settings.seed, 0, INT64_MAX);
}

void read_course(const Reader& reader, Settings& settings) {
  reader.choice("precision", settings.precision, kPrecisions);
  reader.integer("threads", settings.threads, 0, 1024);
  settings.checkpoint = settings.output.string() + ".checkpoint";
  reader.path("checkpoint", settings.checkpoint);
  reader.boolean("resume", settings.resume);
  reader.path("log", settings.log);
  reader.boolean("json", settings.json);
}

}  // namespace

Settings read_settings(std::string_view json, const std::string& source) {
  const Json tree = base::parse_json(json, source);
  const JsonView root(tree, source);
  root.allow_only({"format",        "version",      "model",        "output",
                   "data",          "pixels",       "limit",        "calibration_share",
                   "mode",          "epochs",       "batch",        "optimizer",
                   "learning_rate", "momentum",     "clip_norm",    "weight_decay",
                   "warmup_epochs", "exit_weights", "distillation", "distillation_temperature",
                   "flip",          "crop",         "seed",         "precision",
                   "threads",       "checkpoint",   "resume",       "log",
                   "json",          "add_exits",    "shapes"});
  if (root["format"].string() != "tandem.training") root["format"].fail("tandem.training");
  root["version"].integer(kVersion, kVersion);
  Settings settings;
  read_data(root, settings);
  read_mode(root, settings);
  read_optimization(Reader(root), settings);
  read_lessons(root, settings);
  read_course(Reader(root), settings);
  return settings;
}

Json what_decides(const Settings& settings) {
  Json json = {{"data", settings.data},
               {"pixels", settings.pixels ? Json(input::name_of(*settings.pixels)) : Json()},
               {"limit", settings.limit},
               {"calibration_share", settings.calibration_share},
               {"mode", name_of(settings.mode, kModes)},
               {"epochs", settings.epochs},
               {"batch", settings.batch},
               {"optimizer", name_of(settings.optimizer, kOptimizers)},
               {"learning_rate", settings.learning_rate},
               {"momentum", settings.momentum},
               {"clip_norm", settings.clip_norm},
               {"weight_decay", settings.weight_decay},
               {"warmup_epochs", settings.warmup_epochs},
               {"exit_weights", settings.exit_weights},
               {"distillation", settings.distillation},
               {"distillation_temperature", settings.distillation_temperature},
               {"flip", settings.flip},
               {"crop", settings.crop},
               {"seed", settings.seed},
               {"precision", name_of(settings.precision, kPrecisions)}};
  if (const auto& exits = settings.add_exits)
    json["add_exits"] = {{"count", exits->count}, {"loss_points", exits->loss_points}};
  return json;
}

}  // namespace tandem::train
