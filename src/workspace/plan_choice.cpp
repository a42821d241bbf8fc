#include "workspace/plan_choice.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/unix_time.h"
#include "cost/transfers.h"
#include "engine/verify.h"
#include "input/input.h"
#include "plan/ask/native_plans.h"
#include "plan/ask/variant.h"
#include "plan/problem/plan_json.h"
#include "plan/solve/solve.h"

namespace tandem::cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kLargestPlanBytes = 16u << 20;

const base::NamedType& type_named(const std::vector<base::NamedType>& types, const std::string& name) {
  const auto type = std::ranges::find(types, name, &base::NamedType::name);
  if (type != types.end()) return *type;
  std::vector<std::string> names;
  for (const auto& known : types) names.push_back(known.name);
  throw Error(ErrorKind::InvalidInput,
              fmt::format("--input: the model has no input '{}', expected one of: {}", name, fmt::join(names, ", ")));
}

// The target height and width of a picture, where the input looks like one: [1, 3, h, w] or [1, h, w, 3].
void take_size(const base::NamedType& type, input::Preprocessing& preprocessing) {
  const auto& shape = type.type.shape;
  if (shape.size() != 4) return;
  const bool is_nchw = preprocessing.layout == input::Layout::Nchw;
  const std::int64_t height = shape[is_nchw ? 2 : 1];
  const std::int64_t width = shape[is_nchw ? 3 : 2];
  if (height > 8192 || width > 8192) return;
  preprocessing.height = static_cast<int>(height);
  preprocessing.width = static_cast<int>(width);
}

std::array<double, 3> three(const std::vector<double>& values) {
  return {values[0], values[1], values[2]};
}

}  // namespace

void InputFlags::add_to(CLI::App& command) {
  command
      .add_option("--input", inputs,
                  "Input: a JPEG, PNG or .npy file; NAME=FILE for a model with several (default: made-up values)")
      ->take_all();
  command.add_option("--preset", preset, "How a picture becomes numbers: imagenet, unit, symmetric or none")
      ->check(CLI::IsMember(input::preset_names()))
      ->capture_default_str();
  command.add_option("--size", size, "Height and width to resize a picture to, HxW (default: the model's)");
  command.add_option("--resize", resize, "crop: keep the proportions and crop the centre; stretch")
      ->check(CLI::IsMember({"crop", "stretch"}));
  command.add_option("--layout", layout, "Order of the tensor's dimensions")
      ->check(CLI::IsMember({"nchw", "nhwc"}))
      ->capture_default_str();
  command.add_option("--mean", mean, "Mean of each channel, after scaling to 0…1")->expected(3);
  command.add_option("--std", deviation, "Standard deviation of each channel")->expected(3);
  command.add_flag("--bgr", bgr, "Channels in the order blue, green, red");
}

input::Preprocessing InputFlags::preprocessing(const base::NamedType& type) const {
  input::Preprocessing chosen = input::preset(preset);
  chosen.layout = layout == "nchw" ? input::Layout::Nchw : input::Layout::Nhwc;
  chosen.as_bytes = type.type.element == base::ElementType::UInt8;
  take_size(type, chosen);
  if (!size.empty()) {
    const base::Shape sides = base::parse_shape(size);
    if (sides.size() != 2 || sides[0] > 8192 || sides[1] > 8192)
      throw Error(ErrorKind::InvalidInput, fmt::format("--size {}: expected HxW, such as 224x224", size));
    chosen.height = static_cast<int>(sides[0]);
    chosen.width = static_cast<int>(sides[1]);
  }
  if (!resize.empty()) chosen.resize = resize == "crop" ? input::Resize::Crop : input::Resize::Stretch;
  if (!mean.empty()) chosen.mean = three(mean);
  if (!deviation.empty()) chosen.deviation = three(deviation);
  if (bgr) chosen.channels = input::ChannelOrder::Bgr;
  return chosen;
}

std::vector<base::NamedTensor> InputFlags::read(const model::Model& model) const {
  const auto types = engine::input_types(model);
  std::vector<base::NamedTensor> tensors;
  for (const auto& text : inputs) {
    const auto equals = text.find('=');
    const bool is_named = equals != std::string::npos && equals > 0;
    if (!is_named && types.size() != 1)
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("--input {}: the model has {} inputs, expected NAME=FILE", text, types.size()));
    const base::NamedType& type = is_named ? type_named(types, text.substr(0, equals)) : types[0];
    const std::string path = is_named ? text.substr(equals + 1) : text;
    base::Tensor tensor = input::read_input(path, preprocessing(type));
    if (tensor.type() != type.type) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("--input {}: {} {}, the model's input '{}' is {} {}", path,
                              base::name_of(tensor.element()), base::to_string(tensor.shape()), type.name,
                              base::name_of(type.type.element), base::to_string(type.type.shape)));
    }
    tensors.push_back({type.name, std::move(tensor)});
  }
  if (!tensors.empty() && tensors.size() != types.size()) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("--input: {} given, the model has {} inputs", tensors.size(), types.size()));
  }
  return tensors.empty() ? engine::made_up_inputs(model) : tensors;
}

void PlanFlags::add_to(CLI::App& command) {
  command.add_option("--plan", path,
                     "File that `tandem plan -o` wrote; its first plan is used (default: the best by the cost store)");
  question.add_constraints_to(command);
}

plan::Problem PlanFlags::make_problem(const model::Model& model, const FleetFlags& flags,
                                      const FleetAccess& access) const {
  const KnownCosts known = costs_from_store(model, access.fleet(), flags.open_store());
  plan::Problem problem = cli::make_problem(model, access.fleet(), known);
  warn_of_guesses(known, access.fleet());
  warn_of_stale(known, access);
  question.apply_to(problem);
  plan::spare_accuracy(problem);
  return problem;
}

plan::Problem PlanFlags::in_time(plan::Problem problem) const {
  return plan::with_deadline(std::move(problem), parse_milliseconds(deadline, "--deadline"));
}

// Where not even the fastest is in time, the fastest is what is left.
plan::Plan PlanFlags::best_of(plan::Problem problem) const {
  const auto solve = [&](const plan::Problem& asked) { return plan::solve(asked, question.options(1)).plans; };
  if (!deadline.empty() && !problem.policies.empty()) {
    const auto plans = solve(in_time(problem));
    if (!plans.empty()) return plans[0];
    base::log(base::LogLevel::Warning, "no plan is predicted to answer within {}: taking the fastest", deadline);
    problem.objective.kind = plan::ObjectiveKind::Latency;
    plan::spare_accuracy(problem);
  }
  const auto plans = solve(problem);
  if (plans.empty())
    throw Error(ErrorKind::NotFound, "no plan keeps every --where: `tandem plan` with the same flags says why");
  return plans[0];
}

PlanFlags::Choice PlanFlags::choose(const model::Model& model, const FleetFlags& flags,
                                    const FleetAccess& access) const {
  if (path.empty()) {
    const plan::Problem problem = make_problem(model, flags, access);
    return {best_of(problem), plan::native_plans(problem)};
  }
  const base::Json json = base::parse_json(base::read_file(path, kLargestPlanBytes), path);
  const base::JsonView root(json, path);
  if (root["format"].string() != "tandem.plan") root["format"].fail("tandem.plan");
  root["version"].integer(1, 2);
  if (!root.find("model")) root.fail("a plan of this model: it was made from a problem file");
  if (root["model"].string() != model.digest())
    root["model"].fail("the digest of this model: the plan was made for another");
  const std::size_t layers = model.graph().layers.size();
  const auto plans = root["plans"].items();
  if (plans.empty()) root["plans"].fail("at least one plan");
  Choice choice;
  choice.best = plan::plan_from_json(plans[0].json(), plans[0].where(), layers);
  choice.best.cost = choice.best.latency_ms;  // whatever it was chosen for, the latency is what running it measures
  for (const auto& native : root["native_plans"].items())
    choice.native.push_back(plan::plan_from_json(native.json(), native.where(), layers));
  return choice;
}

TransferWatch::TransferWatch(const FleetFlags& flags, const fleet::Fleet& fleet) : store_(flags.open_store()) {
  for (const auto& link : fleet.links) {
    if (auto known = store_.link_costs(fleet.targets[link.from].name, fleet.targets[link.to].name))
      links_.push_back({std::move(*known), false});
  }
}

TransferWatch::~TransferWatch() {
  try {
    for (const auto& [link, has_changed] : links_) {
      if (has_changed) store_.put(link);
    }
  } catch (const Error& error) {
    base::log(base::LogLevel::Warning, "{}", error.message());
  }
}

void TransferWatch::see(const std::vector<rpc::HopReport>& hops) {
  const std::int64_t now_s = base::unix_time_s();
  for (std::size_t i = 0; i + 1 < hops.size(); ++i) {
    if (hops[i].encode_ms > 0 || hops[i + 1].decode_ms > 0) continue;  // in part while sending: how much, nobody knows
    const double took_ms = hops[i].exchange_ms - hops[i + 1].compute_ms - hops[i + 1].exchange_ms;
    for (auto& [link, has_changed] : links_) {
      if (link.from != hops[i].target || link.to != hops[i + 1].target) continue;
      has_changed |= cost::learn(link, static_cast<double>(hops[i].sent_bytes), took_ms, now_s);
    }
  }
}

std::vector<deploy::Route> deploy(deploy::Deployment& deployment, const std::vector<plan::Plan>& plans) {
  base::ProgressBar progress;
  return deployment.add(plans, [&](std::size_t sent, std::size_t total) {
    progress.show("sending stages", total == 0 ? 1 : static_cast<double>(sent) / static_cast<double>(total));
  });
}

}  // namespace tandem::cli
