// Spoilt and random calls of every method. See siege.h.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

#include "attacks/hostile_member.h"
#include "attacks/siege.h"
#include "base/error.h"
#include "engine/test_parts.h"
#include "rpc/offer.h"
#include "rpc/peer.h"

namespace tandem::attacks {
namespace {

struct Settings : SiegeSettings {
  int calls = 1000;
  int seconds = 0;  // over which they are spread; 0: as fast as they go
  int threads = 8;
  int seed = 1;
};

HostileFigures call_often(const Settings& settings, HostileMember member, int calls) {
  const auto start = std::chrono::steady_clock::now();
  const auto pause = std::chrono::duration<double>(settings.seconds) / std::max(calls, 1);
  for (int i = 0; i < calls; ++i) {
    std::this_thread::sleep_until(start + i * std::chrono::duration_cast<std::chrono::nanoseconds>(pause));
    member.call();
  }
  return member.figures();
}

base::Json attack(const Settings& settings, const std::string& address, const rpc::Credentials& credentials) {
  const model::Part part = engine::part_of_rounds();
  const rpc::PartOffer offer = rpc::OfferMaker().make(part);
  rpc::Peer peer(kEdge, address, credentials);
  (void)peer.upload(offer, rpc::tensors_of(part), base::Deadline::after(base::Milliseconds(20'000))).take();
  const auto methods = methods_of(kEdge, part, offer);
  std::vector<HostileFigures> figures(static_cast<std::size_t>(settings.threads));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    threads.emplace_back([&, i] {
      HostileMember member(kEdge, address, credentials, methods, static_cast<std::uint64_t>(settings.seed) * 1000 + i);
      figures[i] = call_often(settings, std::move(member), settings.calls / settings.threads);
    });
  }
  threads.clear();
  base::Json sum = {{"calls", 0}, {"answered", 0}};
  for (const auto& each : figures) {
    sum["calls"] = sum["calls"].get<std::size_t>() + each.calls;
    sum["answered"] = sum["answered"].get<std::size_t>() + each.answered;
  }
  return sum;
}

}  // namespace
}  // namespace tandem::attacks

int main(int argument_count, char** arguments) try {
  using namespace tandem;
  cli::CommandLine command_line("Spoilt calls of every method of an agent, and an honest client beside them");
  cli::Command application = command_line.root();
  attacks::Settings settings;
  attacks::add_siege_options(application, settings);
  application.add_option("--calls", settings.calls, "How many").show_default();
  application.add_option("--seconds", settings.seconds, "Spread them over this time");
  application.add_option("--threads", settings.threads, "Callers").range(1, 64).show_default();
  application.add_option("--seed", settings.seed).show_default();
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  const auto attack = [&](const std::string& address, const rpc::Credentials& credentials) {
    return attacks::attack(settings, address, credentials);
  };
  return attacks::report(settings, attacks::besiege(settings, attack));
} catch (const std::exception& error) {
  return tandem::base::report_failure("hostile_calls", error);
}
