#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/answer_report.h"
#include "cli/codec_report.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/request_report.h"
#include "cli/service_report.h"
#include "input/labels.h"
#include "input/npy.h"
#include "workspace/pictures.h"
#include "workspace/run.h"

namespace tandem::cli {
namespace {

constexpr std::size_t kRunsOfInput = 1;
constexpr std::size_t kRunsOfData = 200;
constexpr std::size_t kTop = 5;
constexpr int kMostInFlight = 256;  // each has a thread

struct Flags {
  workspace::Options workspace;
  workspace::RunOptions run;
  std::string labels_path;
  std::string output_folder;
  std::optional<std::size_t> top;
  int runs = 0;
  bool is_live = false;
  bool json = false;
};

void check_usage(const Flags& flags) {
  const bool is_complete = !flags.run.data.name.empty() && flags.run.plan.deadline_ms;
  if (flags.is_live && (!is_complete || !flags.run.plan.path.empty()))
    refuse_option("--live", "it needs --data and --deadline, and makes plans of its own");
  if (flags.is_live && flags.run.in_flight > 1) refuse_option("--concurrency", "not with --live");
  if (flags.is_live && flags.run.verify_every > 0) refuse_option("--verify-every", "not with --live");
}

// A wrong answer is worse than none.
void exit_after_lies(const workspace::ServiceReport& service, bool is_same = true) {
  if (!is_same || (service.audit && service.audit->different > 0)) exit_with(kFailedCheck);
}

// With a data set, an answer that is late is a result; one that was lost is not.
template <class Requests, class IsLost>
void exit_after_losses(const Requests& requests, const IsLost& is_lost) {
  if (std::ranges::any_of(requests, is_lost)) exit_with(base::exit_code_of(base::ErrorKind::Unavailable));
}

// NumPy has no bfloat16: each is the upper half of a float32.
base::Tensor as_numpy_has_it(const base::Tensor& tensor) {
  if (tensor.element() != base::ElementType::BFloat16) return tensor;
  auto result = base::Tensor::allocate({base::ElementType::Float32, tensor.shape()});
  std::ranges::transform(tensor.values<std::uint16_t>(), result.mutable_values<float>().begin(),
                         base::bfloat16_to_float);
  return result;
}

void write_outputs(const deploy::Answer& answer, const std::filesystem::path& folder) {
  base::make_folder(folder);
  for (std::size_t i = 0; i < answer.outputs.size(); ++i)
    input::write_npy(folder / fmt::format("output{}.npy", i), as_numpy_has_it(answer.outputs[i].tensor));
}

void run_live(workspace::Workspace& workspace, const Flags& flags) {
  const auto requests = workspace::run_live(workspace, flags.run);
  flags.json ? print_json(json_of(requests)) : print_text(text_of(requests));
  exit_after_losses(requests, [](const workspace::LiveRequest& request) { return request.outcome.is_lost; });
}

void run_data(workspace::Workspace& workspace, const Flags& flags) {
  const auto run = workspace::run_data(workspace, flags.run);
  const plan::Plan& best = run.choice.best;
  if (flags.json) {
    base::Json json = json_of(run.requests, &best);
    json.update(json_of(run.service, best));
    print_json(json);
  } else {
    print_text(fmt::format("plan: {}{}\n{}{}", best.summary(), text_of_codecs(best), text_of(run.requests, &best),
                           text_of(run.service, best)));
  }
  exit_after_lies(run.service);
  exit_after_losses(run.requests, [](const workspace::Request& request) { return request.is_lost; });
}

void run_inputs(workspace::Workspace& workspace, const Flags& flags) {
  const auto labels =
      flags.labels_path.empty() ? workspace::class_names(workspace.model()) : input::read_labels(flags.labels_path);
  const auto run = workspace::run_inputs(workspace, flags.run);
  if (!flags.output_folder.empty()) write_outputs(run.answer, flags.output_folder);
  const Classes classes{labels, flags.top.value_or(kTop), flags.top.has_value() || !flags.labels_path.empty(),
                        workspace::class_outputs(workspace.model())};
  flags.json ? print_json(json_of(run, classes)) : print_text(text_of(run, classes));
  exit_after_lies(run.service, !run.check || run.check->is_same);
  if (run.service.failure) exit_with(base::exit_code_of(run.service.failure->kind()));
}

void run(Flags& flags) {
  check_usage(flags);
  const bool has_data = !flags.run.data.name.empty();
  flags.run.runs = flags.runs > 0 ? static_cast<std::size_t>(flags.runs) : has_data ? kRunsOfData : kRunsOfInput;
  flags.run.data.pictures = flags.run.input.pictures;  // the same flags
  flags.workspace.model.inputs = flags.run.input.files;
  workspace::Workspace workspace(flags.workspace);
  flags.is_live ? run_live(workspace, flags) : has_data ? run_data(workspace, flags) : run_inputs(workspace, flags);
}

void add_request_flags(Command command, Flags& flags) {
  add_input_flags(command, flags.run.input);
  add_data_flags(command, flags.run.data, false);
  command.add_flag("--live", flags.is_live,
                   "With --data and --deadline: measure the link before each request, and take the best plan at its "
                   "bandwidth");
  add_time_flag(command, "--deadline", flags.run.plan.deadline_ms,
                "The longest time for the answer to each request: 60ms, 1.5s. Of a single request also for the "
                "deployment before it: a machine that is not ready by then is left out, if a plan does without it. A "
                "model with exit statistics in the store (`tandem exits report`) is run for the most accurate answer "
                "in time");
  command
      .add_option("--runs", flags.runs,
                  "Requests to time, one after the other, after one that warms up (default: 1; with --data 200)")
      .range(1, 1'000'000);
  command
      .add_option("--concurrency", flags.run.in_flight,
                  "Requests under way at once (default: 1): several show the throughput of a plan, and keep replicas "
                  "busy; nothing is learnt from their times")
      .range(1, kMostInFlight);
}

void add_answer_flags(Command command, Flags& flags) {
  command.add_flag(
      "--verify", flags.run.compares,
      "Also run the whole model in this process, and compare; exit code 1 if the answer is another: beyond 1e-4 "
      "and the model's own difference, or, where codecs encode tensors, beyond a tenth");
  command
      .add_option("--verify-every", flags.run.verify_every,
                  "Compare one answer in this many with the whole model in this process, in the background; a machine "
                  "that answers wrongly is taken out of service, and the exit code is 1")
      .range(1, 1'000'000'000);
  command.add_option("--labels", flags.labels_path,
                     "Text file with one label a line (default: the class names in the model's metadata)");
  command.add_option("--top", flags.top,
                     "Classes to print of each answer (default: 5 of an output with class names, of an exit, of a "
                     "softmax or of a distribution; of others the first values)");
  command.add_option("--save", flags.output_folder, "Folder for the outputs as .npy files (bfloat16 as float32)");
  add_json_flag(command, flags.json);
}

}  // namespace

void add_run(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command = application.add_subcommand("run", "Run a model over a fleet by the best plan");
  add_model_flags(command, flags->workspace.model);
  add_fleet_flags(command, flags->workspace.fleet);
  add_store_flag(command, flags->workspace.store);
  add_plan_flags(command, flags->run.plan);
  add_request_flags(command, *flags);
  add_answer_flags(command, *flags);
  command.callback([flags] { run(*flags); });
}

}  // namespace tandem::cli
