// Models that are spoilt in their structure, to load. See siege.h.
#include <nlohmann/json.hpp>

#include "attacks/hostile_member.h"
#include "attacks/siege.h"
#include "base/error.h"
#include "fuzz/graph_seeds.h"

namespace tandem::attacks {
namespace {

struct Settings : SiegeSettings {
  int count = 100;
  int seed = 1;
  int limit_ms = 500;
  std::string models;
};

base::Json attack(const Settings& settings, const std::string& address, const rpc::Credentials& credentials) {
  const fuzz::GraphMutator mutator(fuzz::graph_seeds(settings.models));
  std::mt19937_64 random(static_cast<std::uint64_t>(settings.seed));
  const std::vector<Method> methods = {{"", Method::Kind::Unary, 1, {""}}};
  HostileMember member(kEdge, address, credentials, methods, random());
  for (int i = 0; i < settings.count; ++i)
    (void)member.load(mutator.make(random).file, base::Milliseconds(settings.limit_ms));
  return {{"sent", member.figures().calls}, {"loaded", member.figures().answered}};
}

}  // namespace
}  // namespace tandem::attacks

int main(int argument_count, char** arguments) try {
  using namespace tandem;
  cli::CommandLine command_line("Spoilt models for an agent to load, and an honest client beside them");
  cli::Command application = command_line.root();
  attacks::Settings settings;
  attacks::add_siege_options(application, settings);
  application.add_option("--count", settings.count, "How many").show_default();
  application.add_option("--seed", settings.seed).show_default();
  application.add_option("--limit", settings.limit_ms, "Milliseconds for each").show_default();
  application.add_option("--models", settings.models, "Spoil the ONNX files below this folder too");
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  const auto attack = [&](const std::string& address, const rpc::Credentials& credentials) {
    return attacks::attack(settings, address, credentials);
  };
  return attacks::report(settings, attacks::besiege(settings, attack));
} catch (const std::exception& error) {
  return tandem::base::report_failure("hostile_models", error);
}
