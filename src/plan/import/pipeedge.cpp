// PipeEdge: Hu et al., "PipeEdge: Pipeline Parallelism for Large-Scale Model Inference on Heterogeneous Edge Devices",
// DSD 2022; github.com/usc-isi/PipeEdge, README_Scheduler.md. Its period (section IV, and schedule.cpp): the busiest of
// all stages and of all transfers, at the slower of two machines' bandwidths, in units of 1,048,576 bits a second.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>

#include "base/json.h"
#include "base/yaml.h"
#include "plan/import/parts.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/problem_check.h"

namespace tandem::plan {
namespace {

constexpr double kMebi = 1024 * 1024;
constexpr double kAnyMbps = 1e12;  // the input has no bytes
constexpr double kMostSeconds = 1e9;
constexpr std::size_t kMostHosts = 1'000;

double element_bytes(const base::JsonView& type) {
  static const std::map<std::string, double> bytes = {{"torch.float32", 4}, {"torch.float", 4},    {"torch.float16", 2},
                                                      {"torch.half", 2},    {"torch.bfloat16", 2}, {"torch.float64", 8},
                                                      {"torch.double", 8},  {"torch.int8", 1}};
  const auto found = bytes.find(type.string());
  if (found == bytes.end()) type.fail("a type such as torch.float32 or torch.float16");
  return found->second;
}

class PipeEdgeImport {
 public:
  PipeEdgeImport(const std::vector<ImportFile>& files, const ImportOptions& options) : options_(options) {
    for (const auto& file : files) sort_in(file);
    if (!models_) refuse("pipeedge", "models.yml is missing");
    if (!types_) refuse("pipeedge", "device_types.yml is missing");
    if (!devices_) refuse("pipeedge", "devices.yml is missing");
  }

  Imported take() && {
    choose_model();
    add_blocks();
    add_targets();
    add_tensors();
    add_links();
    problem().allows_relays = false;
    problem().objective.kind = ObjectiveKind::Throughput;
    check(problem(), "pipeedge");
    problem().constraints.push_back(
        parse_constraint(problem(), fmt::format("not-on 0-{} origin", problem().blocks.size() - 1)));
    check(problem(), "pipeedge");
    note_losses();
    return std::move(imported_);
  }

 private:
  Problem& problem() { return imported_.problem; }

  // A file is known by its content: hosts are lists, models have layers, types have profiles.
  void sort_in(const ImportFile& file) {
    trees_[file.path] = base::parse_yaml(file.content, file.path);
    const base::JsonView root(trees_[file.path], file.path);
    const auto members = root.members();
    if (members.empty()) root.fail("models, device types or devices by name");
    const base::JsonView& first = members.front().second;
    const bool is_devices = first.json().is_array() || first.json().is_null();
    auto& part = is_devices ? devices_ : first.find("layers") ? models_ : types_;
    if (part) refuse(file.path, fmt::format("it holds the same as {}", part->where()));
    part = root;
  }

  void choose_model() {
    std::vector<std::string> names;
    for (const auto& [name, model] : models_->members()) {
      if (model["layers"].integer(0, kMostImportedBlocks) > 0) names.push_back(name);
    }
    imported_.model = choose("model", options_.model, names);
    model_ = (*models_)[imported_.model];
  }

  std::vector<base::JsonView> layer_list(const base::JsonView& list) const {
    const auto values = list.items(kMostImportedBlocks);
    if (values.size() != problem().blocks.size())
      list.fail(fmt::format("a value for each of {} layers", problem().blocks.size()));
    return values;
  }
  const Problem& problem() const { return imported_.problem; }

  void add_blocks() {
    const auto layers = static_cast<std::size_t>((*model_)["layers"].integer(1, kMostImportedBlocks));
    for (std::size_t i = 0; i < layers; ++i) problem().blocks.push_back({fmt::format("layer{}", i + 1), i, i + 1});
    const auto memory = layer_list((*model_)["mem_MB"]);
    for (std::size_t i = 0; i < layers; ++i) problem().blocks[i].memory_bytes = memory[i].number(0, 1e9) * kMebi;
  }

  // The origin of requests runs nothing; the hosts follow in any order.
  void add_targets() {
    problem().tiers = {"origin", "hosts"};
    problem().targets.push_back({"origin"});
    problem().targets[0].block_ms.assign(problem().blocks.size(), 0);
    mbps_.push_back(kAnyMbps);
    for (const auto& [type, hosts] : devices_->members()) {
      if (hosts.json().is_null() || hosts.items(kMostHosts).empty()) continue;
      const base::JsonView properties = (*types_)[type];
      const auto profile = find_profile(properties);
      if (!profile) {
        imported_.lost.push_back(fmt::format("{}: no profile of {}", type, imported_.model));
        continue;
      }
      for (const auto& host : hosts.items(kMostHosts)) add_target(host.string(), type, properties, *profile);
    }
    if (problem().targets.size() == 1)
      refuse("pipeedge", fmt::format("no device has a profile of {}", imported_.model));
  }

  void add_links() {
    for (std::size_t from = 0; from < mbps_.size(); ++from) {
      for (std::size_t to = 1; to < mbps_.size(); ++to) {
        const double mbps = from == 0 ? kAnyMbps : std::min(mbps_[from], mbps_[to]);
        if (from != to) problem().links.push_back({from, to, 0, mbps, mbps});
      }
    }
  }

  void add_target(const std::string& host, const std::string& kind, const base::JsonView& type,
                  const base::JsonView& profile) {
    Target target{host, 1};
    target.kind = kind;
    for (const auto& seconds : layer_list(profile["time_s"]))
      target.block_ms.push_back(1000 * seconds.number(0, kMostSeconds));
    target.memory_limit_bytes = type["mem_MB"].number(0, 1e9) * kMebi;
    mbps_.push_back(type["bw_Mbps"].number(1e-6, 1e9) * kMebi / 1e6);
    problem().targets.push_back(std::move(target));
  }

  // The profile of the asked batch size and type; all machines take the same.
  std::optional<base::JsonView> find_profile(const base::JsonView& type) {
    const auto profiles = type.find("model_profiles");
    const auto of_model = profiles ? profiles->find(imported_.model) : std::nullopt;
    std::vector<base::JsonView> fitting;
    for (const auto& profile : of_model ? of_model->items(kMostHosts) : std::vector<base::JsonView>{}) {
      if (fits(profile)) fitting.push_back(profile);
    }
    if (fitting.size() > 1) of_model->fail("one profile: choose it by --batch-size and --element-type");
    if (fitting.empty()) return std::nullopt;
    batch_size_ = batch_of(fitting[0]);
    element_type_ = fitting[0]["dtype"].string();
    element_bytes_ = element_bytes(fitting[0]["dtype"]);
    return fitting[0];
  }

  static std::size_t batch_of(const base::JsonView& profile) {
    return static_cast<std::size_t>(profile["batch_size"].integer(1, 1'000'000));
  }

  bool fits(const base::JsonView& profile) const {
    const auto batch = options_.batch_size ? options_.batch_size : batch_size_;
    const std::string type = options_.element_type.empty() ? element_type_ : options_.element_type;
    return (!batch || batch_of(profile) == *batch) && (type.empty() || profile["dtype"].string() == type);
  }

  void add_tensors() {
    const double bytes = element_bytes_ * static_cast<double>(*batch_size_);
    std::vector<double> output_bytes;
    for (const auto& elements : layer_list((*model_)["parameters_out"]))
      output_bytes.push_back(bytes * elements.number(0, 1e12));
    add_chain_tensors(problem(), 0, output_bytes);
  }

  void note_losses() {
    imported_.lost.push_back(fmt::format("a request is a batch of {} in {}", *batch_size_, element_type_));
    imported_.lost.emplace_back("memory for buffers of sent and received tensors");
    imported_.lost.emplace_back("the input's way to the first machine: PipeEdge counts none");
  }

  const ImportOptions& options_;
  std::map<std::string, base::Json> trees_;
  std::optional<base::JsonView> models_;
  std::optional<base::JsonView> types_;
  std::optional<base::JsonView> devices_;
  std::optional<base::JsonView> model_;
  std::vector<double> mbps_;  // by target
  std::optional<std::size_t> batch_size_;
  std::string element_type_;
  double element_bytes_ = 0;
  Imported imported_;
};

}  // namespace

Imported import_pipeedge(const std::vector<ImportFile>& files, const ImportOptions& options) {
  return PipeEdgeImport(files, options).take();
}

}  // namespace tandem::plan
