#include "cli/application.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/standard_output.h"
#include "base/version.h"
#include "cli/command_line.h"
#include "cli/command_words.h"
#include "cli/commands.h"
#include "cli/output.h"

namespace tandem::cli {
namespace {

constexpr const char* kFooter = R"(
A first session, on one machine:
  tandem zoo export resnet50 -o resnet50.onnx
  tandem agent --listen 127.0.0.1:7101 --name edge &
  printf 'targets:\n- {name: device, tier: device}\n- {name: edge, tier: edge, address: "127.0.0.1:7101"}\n' > fleet.yaml
  tandem profile resnet50.onnx --fleet fleet.yaml
  tandem plan resnet50.onnx --fleet fleet.yaml
  tandem run resnet50.onnx --fleet fleet.yaml --input photo.jpg

`tandem help COMMAND` shows the flags of a command. With --json, errors are JSON on stdout too (docs/formats.md).

Exit codes: 0 done; 1 a check failed (verify) or no plan is feasible (plan); 2 wrong usage; 3 invalid input; 4 not found;
5 unsupported; 6 refused; 7 unavailable; 8 deadline exceeded; 9 a limit was hit or a disk is full; 10 an error of Tandem
itself. Output that is lost (a full disk, a closed pipe) is an error, a silent
one where the reader has gone.)";

struct Subcommand {
  void (*add)(Command);
  const char* name;
  const char* example;
};

constexpr Subcommand kSubcommands[] = {
    {add_inspect, "inspect", "tandem inspect model.onnx --shape input=1x3x224x224"},
    {add_extract, "extract", "tandem extract model.onnx --first 0 --last 11 -o front.onnx"},
    {add_zoo, "zoo", "tandem zoo export mobilenetv2 -o mobilenetv2.onnx"},
    {add_train, "train",
     "tandem train alexnet5.onnx --data fashion-mnist -o alexnet5-trained.onnx\n"
     "  tandem train resnet-exits.onnx --data photos --mode heads --epochs 10 -o resnet-exits-trained.onnx"},
    {add_verify, "verify", "tandem verify model.onnx --several 20"},
    {add_agent, "agent", "tandem agent --listen 0.0.0.0:7101 --fleet fleet.yaml --certs certs --name edge"},
    {add_profile, "profile", "tandem profile model.onnx --fleet fleet.yaml\n  tandem profile export -o profile.json"},
    {add_plan, "plan",
     "tandem plan model.onnx --fleet fleet.yaml --top 5 -o plan.json\n"
     "  tandem plan --problem problem.json --deadline 60ms --explain"},
    {add_import, "import",
     "tandem import scission device-pi.dat cloud-gpu.dat network.csv --model vgg19 -o problem.json"},
    {add_run, "run", "tandem run model.onnx --fleet fleet.yaml --input photo.jpg --deadline 200ms --verify"},
    {add_exits, "exits", "tandem exits add resnet.onnx --count 4 --data photos -o resnet-exits.onnx"},
    {add_codec, "codec", "tandem codec tune alexnet5-trained.onnx --data fashion-mnist --fleet fleet.yaml"},
    {add_bench, "bench", "tandem bench model.onnx --fleet fleet.yaml --input photo.jpg --runs 100"},
    {add_link, "link", "tandem link --listen 127.0.0.1:7201 --to 127.0.0.1:7101 --bandwidth 10 --delay 20ms"},
    {add_certs, "certs",
     "tandem certs certs --fleet fleet.yaml\n  tandem certs certs edge --renew\n  tandem certs revoke certs edge"},
    {add_completion, "completion", "source <(tandem completion bash)"},
};

void add_commands(Command application) {
  for (const auto& command : kSubcommands) {
    command.add(application);
    Command added = application.subcommand(command.name);
    added.set_footer(std::string("\nExample:\n  ") + command.example + "\n" + added.footer());
  }
}

constexpr int kWrongUsage = 2;

void add_all(Command application) {
  application.add_version("--version", std::string("tandem ") + base::kVersion);
  application.require_subcommand();
  application.add_flag_function(
      "-v,--verbose", [] { base::set_log_level(base::LogLevel::Info); }, "Log progress on stderr");
  add_commands(application);
  application.set_footer(kFooter);  // after the commands, which would inherit it
}

int parse(CommandLine& command_line, const std::vector<std::string>& words) {
  std::vector<const char*> arguments = {"tandem"};
  for (const auto& word : words) arguments.push_back(word.c_str());
  return command_line.parse(static_cast<int>(arguments.size()), arguments.data()).value_or(0);
}

int run(const std::vector<std::string>& words, bool prints_json) {
  CommandLine command_line("One neural network, several machines, in tandem.", "tandem");
  add_all(command_line.root());
  std::string complaint;
  int code = kWrongUsage;
  if (const auto unknown = complaint_about(words, command_line.root())) {
    complaint = *unknown;
    fmt::print(stderr, "tandem: {}\n", base::printable(complaint));
  } else {
    code = parse(command_line, words);
    complaint = command_line.complaint();
  }
  if (prints_json && !complaint.empty()) print_text(base::failure_json("wrong usage", complaint, code) + "\n");
  return code;
}

}  // namespace

int run_application(int argument_count, const char* const* arguments) {
  const auto words = without_help({arguments + std::min(argument_count, 1), arguments + argument_count});
  const bool prints_json = std::ranges::find(words, "--json") != words.end();
  try {
    const int code = run(words, prints_json);
    base::require_printed();  // help and version, too
    return code;
  } catch (const base::ReaderGone& error) {
    return base::exit_code_of(error.kind());
  } catch (const std::exception& error) {
    return base::report_failure("tandem", error, prints_json);
  }
}

}  // namespace tandem::cli
