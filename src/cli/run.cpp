#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/statistics.h"
#include "cli/codec_report.h"
#include "cli/commands.h"
#include "workspace/requests.h"
#include "cli/table.h"
#include "workspace/plan_choice.h"
#include "engine/verify.h"
#include "input/labels.h"
#include "input/npy.h"
#include "plan/problem/plan_json.h"
#include "serve/live.h"

namespace tandem::cli {
namespace {

constexpr std::size_t kMostValuesInJson = 100'000;
constexpr int kRequestsOfData = 200;

struct Flags {
  ModelFlags model;
  FleetFlags fleet;
  InputFlags input;
  PlanFlags plan;
  std::string labels_path;
  std::string output_folder;
  DataFlags data;
  std::size_t top = 5;
  int runs = 0;
  bool live = false;
  bool verify = false;
  bool json = false;
};

template <class T>
base::Json values_as(const base::Tensor& tensor) {
  base::Json list = base::Json::array();
  for (const T value : tensor.values<T>()) list.push_back(value);
  return list;
}

base::Json values_of(const base::Tensor& tensor) {
  switch (tensor.element()) {
    case base::ElementType::Float32:
      return values_as<float>(tensor);
    case base::ElementType::Float64:
      return values_as<double>(tensor);
    case base::ElementType::Int64:
      return values_as<std::int64_t>(tensor);
    case base::ElementType::Int32:
      return values_as<std::int32_t>(tensor);
    case base::ElementType::UInt8:
    case base::ElementType::Bool:
      return values_as<std::uint8_t>(tensor);
    case base::ElementType::Int8:
      return values_as<std::int8_t>(tensor);
    default:
      return nullptr;
  }
}

base::Json json_of(const base::NamedTensor& output) {
  base::Json json = {
      {"name", output.name}, {"type", base::name_of(output.tensor.element())}, {"shape", output.tensor.shape()}};
  const bool is_small = base::element_count(output.tensor.shape()) <= kMostValuesInJson;
  json["values"] = is_small ? values_of(output.tensor) : base::Json(nullptr);
  return json;
}

base::Json json_of(const rpc::HopReport& hop) {
  return {{"target", hop.target},         {"compute_ms", hop.compute_ms}, {"exchange_ms", hop.exchange_ms},
          {"sent_bytes", hop.sent_bytes}, {"encode_ms", hop.encode_ms},   {"decode_ms", hop.decode_ms}};
}

// With the times of codecs where there are any.
std::string text_of(const std::vector<rpc::HopReport>& hops) {
  const bool has_codecs =
      std::ranges::any_of(hops, [](const rpc::HopReport& hop) { return hop.encode_ms > 0 || hop.decode_ms > 0; });
  std::vector<std::string> headings = {"target", ">compute ms", ">next hop ms", ">sent"};
  if (has_codecs) headings.insert(headings.end(), {">decode ms", ">encode ms"});
  Table table(headings);
  for (const auto& hop : hops) {
    std::vector<std::string> row = {hop.target, human_ms(hop.compute_ms), human_ms(hop.exchange_ms),
                                    human_bytes(static_cast<double>(hop.sent_bytes))};
    if (has_codecs) row.insert(row.end(), {human_ms(hop.decode_ms), human_ms(hop.encode_ms)});
    table.add(std::move(row));
  }
  return table.text();
}

// Runs the model whole in this process on the same input: the largest relative difference to the answer.
double difference_from_whole(const model::Model& model, engine::Engine& engine,
                             const std::vector<base::NamedTensor>& inputs, const deploy::Answer& answer) {
  const auto expected = engine::run_whole(model, engine, inputs);
  double largest = 0;
  for (const auto& output : answer.outputs) {
    const auto same = std::ranges::find(expected, output.name, &base::NamedTensor::name);
    largest = std::max(largest, base::relative_difference(output.tensor, same->tensor));
  }
  return largest;
}

std::size_t request_count(const Flags& flags) {
  return static_cast<std::size_t>(flags.runs > 0 ? flags.runs : kRequestsOfData);
}

base::Deadline deadline_from_now(const Flags& flags) {
  if (flags.plan.deadline.empty()) return base::Deadline::never();
  return base::Deadline::after(base::Milliseconds(parse_milliseconds(flags.plan.deadline, "--deadline")));
}

class Runner {
 public:
  Runner(const Flags& flags, engine::Engine& engine)
      : flags_(flags),
        engine_(engine),
        model_(flags.model.load(engine)),
        access_(flags.fleet, engine),
        inputs_(flags.input.read(model_)),
        choice_(flags.plan.choose(model_, flags.fleet, access_)),
        deployment_(model_, access_.fleet(), access_.targets(), codec_descriptions(model_, flags.fleet.open_store())),
        watch_(flags.fleet, access_.fleet()) {}

  void run() {
    const auto routes = deploy(deployment_, {choice_.best});
    (void)ask(routes[0]);  // opens the connections; if that takes too long, the next request tells
    if (!flags_.data.data.empty()) return run_data(routes[0]);
    deploy::Answer answer;
    for (int i = 0; i < std::max(1, flags_.runs); ++i) {
      answer = ask(routes[0]).take();
      measured_ms_.push_back(answer.latency_ms);
      watch_.see(answer.hops);
    }
    if (flags_.verify) difference_ = difference_from_whole(model_, engine_, inputs_, answer);
    if (!flags_.output_folder.empty()) write_outputs(answer);
    flags_.json ? print_as_json(answer) : print_for_people(answer);
  }

 private:
  base::Deadline deadline() const { return deadline_from_now(flags_); }

  base::Result<deploy::Answer> ask(const deploy::Route& route) { return deployment_.run(route, inputs_, deadline()); }

  void run_data(const deploy::Route& route) {
    const auto dataset = flags_.data.read(model_);
    const auto requests = run_requests(model_, dataset, flags_.data, request_count(flags_), [&](const auto& inputs) {
      auto answer = deployment_.run(route, inputs, deadline());
      if (answer) watch_.see(answer.value().hops);
      return answer;
    });
    if (flags_.json) return print_json(json_of(requests, &choice_.best));
    print_text(fmt::format("plan: {}{}\n{}", choice_.best.summary(), text_of_codecs(choice_.best),
                           text_of(requests, &choice_.best)));
  }

  void write_outputs(const deploy::Answer& answer) const {
    std::filesystem::create_directories(flags_.output_folder);
    for (std::size_t i = 0; i < answer.outputs.size(); ++i) {
      input::write_npy(std::filesystem::path(flags_.output_folder) / fmt::format("output{}.npy", i),
                       answer.outputs[i].tensor);
    }
  }

  void print_as_json(const deploy::Answer& answer) const {
    base::Json json = {{"plan", plan::to_json(choice_.best, "ms")},
                       {"predicted_ms", choice_.best.latency_ms},
                       {"measured_ms", base::median(measured_ms_)},
                       {"samples_ms", measured_ms_},
                       {"outputs", base::Json::array()},
                       {"hops", base::Json::array()},
                       {"native_plans", base::Json::array()}};
    for (const auto& output : answer.outputs) json["outputs"].push_back(json_of(output));
    for (const auto& hop : answer.hops) json["hops"].push_back(json_of(hop));
    for (const auto& native : choice_.native) json["native_plans"].push_back(plan::to_json(native, "ms"));
    if (difference_) json["max_relative_difference"] = *difference_;
    print_json(json);
  }

  void print_for_people(const deploy::Answer& answer) const {
    print_text(fmt::format("plan: {}{}\npredicted {} ms, measured {} ms{}\n", choice_.best.summary(),
                           text_of_codecs(choice_.best), human_ms(choice_.best.latency_ms),
                           human_ms(base::median(measured_ms_)),
                           measured_ms_.size() > 1 ? fmt::format(" (median of {})", measured_ms_.size()) : ""));
    print_text(text_of(answer.hops));
    for (const auto& native : choice_.native)
      print_text(fmt::format("native plan, {}: predicted {} ms\n", native.summary(), human_ms(native.latency_ms)));
    if (difference_)
      print_text(
          fmt::format("largest relative difference from the whole model in one process: {:.1e}\n", *difference_));
    print_guesses(answer);
  }

  void print_guesses(const deploy::Answer& answer) const {
    std::vector<std::string> labels;
    if (!flags_.labels_path.empty()) labels = input::read_labels(flags_.labels_path);
    for (const auto& output : answer.outputs) {
      if (!is_distribution(output.tensor)) continue;
      for (const auto& guess : input::top_k(output.tensor, flags_.top)) {
        const std::string label =
            guess.index < labels.size() ? labels[guess.index] : fmt::format("class {}", guess.index);
        print_text(fmt::format("{:6.2f} %  {}\n", 100 * guess.probability, label));
      }
    }
  }

  static bool is_distribution(const base::Tensor& tensor) {
    std::size_t long_dimensions = 0;
    for (const std::int64_t dimension : tensor.shape()) long_dimensions += dimension > 1 ? 1 : 0;
    return tensor.element() == base::ElementType::Float32 && long_dimensions == 1;
  }

  const Flags& flags_;
  engine::Engine& engine_;
  model::Model model_;
  FleetAccess access_;
  std::vector<base::NamedTensor> inputs_;
  PlanFlags::Choice choice_;
  deploy::Deployment deployment_;
  TransferWatch watch_;
  std::vector<double> measured_ms_;
  std::optional<double> difference_;
};

// A request of --live: what was known before it.
struct LiveRow {
  double bandwidth_mbps = 0;
  serve::LivePlanner::Choice choice;
  bool is_rescued = false;
};

base::Json json_of(const LiveRow& row, const Request& request) {
  return {{"bandwidth_mbps", row.bandwidth_mbps},
          {"plan", row.choice.plan.summary()},
          {"exit", request.exit},
          {"is_right", request.is_right},
          {"predicted_ms", row.choice.plan.latency_ms},
          {"is_predicted_in_time", row.choice.is_in_time},
          {"measured_ms", request.is_in_time ? base::Json(request.latency_ms) : base::Json()},
          {"is_in_time", request.is_in_time},
          {"is_rescued", row.is_rescued}};
}

void print_live(const std::vector<LiveRow>& rows, const std::vector<Request>& requests, bool json) {
  base::Json list = base::Json::array();
  Table table({">Mbit/s", "plan", "exit", ">predicted ms", ">measured ms", "in time"});
  std::size_t rescued = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Request& request = requests[i];
    list.push_back(json_of(rows[i], request));
    const plan::Plan& plan = rows[i].choice.plan;
    table.add({fmt::format("{:.3g}", rows[i].bandwidth_mbps), plan.summary() + text_of_codecs(plan), request.exit,
               human_ms(plan.latency_ms), request.is_in_time ? human_ms(request.latency_ms) : "–",
               rows[i].is_rescued   ? "by the device alone"
               : request.is_in_time ? "yes"
                                    : "no"});
    rescued += rows[i].is_rescued ? 1 : 0;
  }
  if (!json) {
    return print_text(fmt::format("{}{}answered by the first target alone, since the link let them down: {} requests\n",
                                  table.text(), text_of(requests, nullptr), rescued));
  }
  base::Json summary = json_of(requests, nullptr);
  summary["rows"] = std::move(list);
  print_json(summary);
}

void run_live(const Flags& flags, engine::Engine& engine) {
  if (flags.data.data.empty() || flags.plan.deadline.empty() || !flags.plan.path.empty())
    throw CLI::ValidationError("--live", "it needs --data and --deadline, and makes plans of its own");
  const model::Model model = flags.model.load(engine);
  const FleetAccess access(flags.fleet, engine);
  plan::Problem problem = flags.plan.make_problem(model, flags.fleet, access);
  if (problem.policies.empty()) {
    throw base::Error(base::ErrorKind::NotFound,
                      "--live: nothing is known of this model's exits: `tandem exits report` asks them");
  }
  serve::LivePlanner planner(flags.plan.in_time(std::move(problem)), model, access.fleet(), access.targets(),
                             codec_descriptions(model, flags.fleet.open_store()));
  std::vector<LiveRow> rows;
  const auto requests =
      run_requests(model, flags.data.read(model), flags.data, request_count(flags), [&](const auto& inputs) {
        const double bandwidth_mbps = planner.measure();
        rows.push_back({bandwidth_mbps, planner.choose()});
        auto outcome = planner.run(rows.back().choice, inputs, deadline_from_now(flags));
        if (!outcome) return base::Result<deploy::Answer>(outcome.error());
        rows.back().is_rescued = outcome.value().is_rescued;
        return base::Result<deploy::Answer>(std::move(outcome.value().answer));
      });
  print_live(rows, requests, flags.json);
}

void run_model(const Flags& flags) {
  const auto engine = flags.model.make_engine();
  if (flags.live) return run_live(flags, *engine);
  Runner(flags, *engine).run();
}

}  // namespace

void add_run(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = application.add_subcommand("run", "Run a model over a fleet by the best plan");
  flags->model.add_to(*command);
  flags->fleet.add_to(*command);
  flags->plan.add_to(*command);
  flags->input.add_to(*command);
  flags->data.add_to(*command, false);
  command->add_flag("--live", flags->live,
                    "With --data and --deadline: look at the link before each request, and take the plan that is best "
                    "at its bandwidth");
  command->add_option("--deadline", flags->plan.deadline,
                      "Fail unless the answer is here in time: 60ms, 1.5s. A model whose exits the store knows "
                      "(`tandem exits report`) is run for the most accurate answer in time");
  command
      ->add_option("--runs", flags->runs,
                   "Requests to time, one after the other, after one that warms up (default: 1; with --data 200)")
      ->check(CLI::Range(1, 1'000'000));
  command->add_flag("--verify", flags->verify, "Also run the whole model in this process and compare");
  command->add_option("--labels", flags->labels_path, "Text file with one label a line");
  command->add_option("--top", flags->top, "Classes to print")->capture_default_str();
  command->add_option("--save", flags->output_folder, "Folder for the outputs as .npy files");
  add_json_flag(*command, flags->json);
  command->callback([flags] { run_model(*flags); });
}

}  // namespace tandem::cli
