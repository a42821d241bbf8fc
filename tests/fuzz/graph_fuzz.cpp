// Feeds whole commands with models that are spoilt in their structure (graph_mutator.h): the work of `inspect`, of
// `verify`, and of an agent that is sent the file as a part, each in processes of their own. Its command line:
//   --iterations N   how many (default 300)
//   --seed S         which (default 1)
//   --first I        from the I-th on
//   --models FOLDER  the ONNX files below it too, to spoil
//   --keep FOLDER    where files go that end a process
// Ends with 1 if one ended its process, took more than 10 s, or failed with anything but a base::Error.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "agent/agent.h"
#include "base/error.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "fuzz/apart.h"
#include "fuzz/graph_mutator.h"
#include "fuzz/graph_seeds.h"
#include "rpc/offer.h"
#include "workspace/cut_check.h"

namespace {

using namespace tandem;

constexpr std::size_t kLargestTensorBytes = 16 << 20;

enum Counter { kAnswered, kRefused, kLarge, kLoaded };
constexpr int kOtherException = SIGUSR1;

struct Settings {
  std::size_t iterations = 300;
  std::size_t seed = 1;
  std::size_t first = 0;
  std::string models;
  std::string keep;
};

Settings parse(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    const char* value = arguments[i + 1];
    if (name == "--iterations") settings.iterations = std::strtoul(value, nullptr, 10);
    if (name == "--seed") settings.seed = std::strtoul(value, nullptr, 10);
    if (name == "--first") settings.first = std::strtoul(value, nullptr, 10);
    if (name == "--models") settings.models = value;
    if (name == "--keep") settings.keep = value;
  }
  return settings;
}

bool is_small(const model::Model& model) {
  return std::ranges::all_of(model.graph().tensors,
                             [](const auto& tensor) { return tensor.size_bytes <= kLargestTensorBytes; });
}

// A model that is valid and large may compute for as long as it likes.
Counter inspect_and_verify(const std::string& file, engine::Engine& engine) try {
  auto source = model::Source::from_bytes(file, "fuzz.onnx");
  if (!is_small(model::Model(source, {}))) return kLarge;
  const model::Model model = engine::complete(std::move(source), engine);
  if (!is_small(model)) return kLarge;
  (void)model.digest();
  (void)workspace::check_cuts(model, engine, engine::made_up_inputs(model), {.several = 4});
  return kAnswered;
} catch (const base::Error&) {
  return kRefused;
} catch (const std::exception&) {
  std::raise(kOtherException);
  return kRefused;
}

bool is_loaded_by_agent(const std::string& file, engine::Engine& engine) try {
  agent::Agent agent({.name = "fuzz"}, engine);
  rpc::PartOffer offer;
  offer.graph = file;
  offer.digest = rpc::digest_of(offer);
  return agent.load(offer).ok();
} catch (const base::Error&) {
  return false;
}

std::string signal_name(int signal) {
  if (signal == SIGPROF) return "computes for more than 10 s";
  if (signal == SIGALRM) return "waits for more than 200 s";
  if (signal == kOtherException) return "an exception that is no base::Error";
  return fmt::format("SIG{}", sigabbrev_np(signal));
}

}  // namespace

int main(int count, char** arguments) try {
  const Settings settings = parse(count, arguments);
  const fuzz::GraphMutator mutator(fuzz::graph_seeds(settings.models));
  const auto mutant = [&](std::size_t index) {
    std::mt19937_64 random(settings.seed * 1'000'003 + index);
    return mutator.make(random);
  };
  const auto work = [&](std::size_t index, fuzz::Counters& counters) {
    static const auto engine = engine::onnx_runtime({.threads = 1});
    const std::string file = mutant(index).file;
    ++counters[inspect_and_verify(file, *engine)];
    if (is_loaded_by_agent(file, *engine)) ++counters[kLoaded];
  };
  std::size_t deaths = 0;
  const auto tell = [&](const fuzz::Death& death) {
    ++deaths;
    const auto killer = mutant(death.index);
    fmt::print("{} of seed {}, {}{}: {}: {}\n", death.index, settings.seed, signal_name(death.signal),
               death.is_repeatable ? "" : " (not again)", killer.origin, killer.changes);
    std::fflush(stdout);
    if (!settings.keep.empty())
      std::ofstream(fmt::format("{}/{}-{}.onnx", settings.keep, settings.seed, death.index)) << killer.file;
  };
  const auto counters = fuzz::run_apart(settings.first, settings.first + settings.iterations, {}, work, tell);
  fmt::print(
      "{} models of seed {}: {} answered, {} refused, {} too large; {} loaded by an agent; "
      "{} ended their process\n",
      settings.iterations, settings.seed, counters[kAnswered], counters[kRefused], counters[kLarge], counters[kLoaded],
      deaths);
  return deaths == 0 ? 0 : 1;
} catch (const std::exception& error) {
  return base::report_failure("graph_fuzz", error);
}
