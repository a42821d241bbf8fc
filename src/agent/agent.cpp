#include "agent/agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "agent/departure.h"
#include "agent/machine.h"
#include "agent/offloads.h"
#include "agent/transfer.h"
#include "rpc/peer.h"

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;
using base::Milliseconds;

constexpr Milliseconds kProbeTimeout{60'000};

}  // namespace

Agent::Agent(AgentSettings settings, engine::Engine& engine, base::Clock& clock)
    : name_(std::move(settings.name)),
      engine_(engine),
      clock_(clock),
      pace_(engine.slowdown(), clock),
      memory_(settings.limits.memory),
      journal_(settings.journal != nullptr ? settings.journal : std::make_shared<Journal>()),
      watch_(clock, std::move(settings.give_up)),
      weights_(settings.weight_cache),
      parts_(engine, weights_, *journal_, settings.weight_cache.empty() ? "" : settings.weight_cache / "parts",
             memory_),
      codecs_(weights_, memory_),
      // An emulated machine waits more than it computes: what shares its turns would find it idle.
      queue_(settings.limits.waiting_requests,
             engine.slowdown() > 1 ? EngineQueue::kNeverShared : EngineQueue::kLongTurn),
      runner_(parts_, *journal_, engine, queue_, pace_, clock),
      measurer_({engine, queue_, weights_, parts_, codecs_, runner_, pace_, clock, watch_, *journal_, memory_}),
      deposits_({settings.limits.deposits, settings.limits.message_bytes, settings.limits.longest_deposit}, clock),
      neighbours_(name_, std::move(settings.fleet), std::move(settings.credentials), settings.limits),
      messenger_(name_, neighbours_, codecs_, pace_, memory_, clock) {}

rpc::TargetDescription Agent::describe() {
  return describe_machine(name_, engine_);
}

std::vector<std::string> Agent::missing(const std::vector<std::string>& digests) {
  std::vector<std::string> lacking;
  std::ranges::copy_if(digests, std::back_inserter(lacking),
                       [&](const std::string& digest) { return !weights_.has(digest); });
  return lacking;
}

base::Status Agent::store_weight(const std::string& digest, base::Tensor bytes) {
  return weights_.put(digest, bytes);
}

base::Status Agent::load(const rpc::PartOffer& part, const rpc::CallTerms& terms) {
  const Task task(watch_, terms.deadline, terms.cancelled, Task::Kind::Upkeep);
  if (terms.roles.has(rpc::Role::Operator)) return parts_.load(part, task);
  const auto held = parts_.ready(part.digest, task);
  if (held) return base::Nothing{};
  if (held.error().kind() != ErrorKind::NotFound) return held.error();
  return Error(ErrorKind::Refused,
               fmt::format("part {} is not deployed here, and deploying takes a certificate with the role operator; "
                           "that of '{}' has {}",
                           part.digest.substr(0, 12), terms.client, terms.roles.text()));
}

std::unique_ptr<rpc::TensorReceiver> Agent::receive(const rpc::EncodedTensor& tensor, const base::Deadline& deadline) {
  return receiver(codecs_.find(tensor.codec).take(), tensor.type, pace_, deadline, memory_);
}

base::Status Agent::check_receiver(const rpc::RunRequest& request) const {
  if (!request.route.empty() && request.route.front().target == name_) return base::Nothing{};
  return Error(ErrorKind::Refused, fmt::format("this is '{}', the request is for '{}'", name_,
                                               request.route.empty() ? "nobody" : request.route.front().target));
}

base::Status Agent::collect(const rpc::RunRequest& request, TensorByName& tensors, rpc::HopReport& report) {
  const rpc::Hop& hop = request.route.front();
  if (hop.awaits.empty()) return base::Nothing{};
  const Task task(watch_, request.deadline, request.cancelled);
  const auto start = clock_.now();
  auto deposited = deposits_.take(hop.awaits, task);
  if (!deposited) return deposited.error().at(name_);
  report.waited_ms = Milliseconds(clock_.now() - start).count();
  report.decode_ms += deposited.value().decoding.count();
  for (auto& tensor : deposited.value().tensors) {
    if (!tensors.emplace(tensor.name, std::move(tensor.tensor)).second)
      return Error(ErrorKind::InvalidInput, fmt::format("tensor '{}' came twice, expected once", tensor.name))
          .at(name_);
  }
  return base::Nothing{};
}

base::Result<rpc::RunReply> Agent::deposit(rpc::RunRequest deposit) {
  if (auto checked = check_receiver(deposit); !checked) return checked.error();
  const auto& keys = deposit.route.front().awaits;
  if (keys.size() != 1 || deposit.route.size() != 1)
    return Error(ErrorKind::InvalidInput, fmt::format("a deposit of {} keys for {} hops, expected one for one",
                                                      keys.size(), deposit.route.size()));
  const Task task(watch_, deposit.deadline, deposit.cancelled);
  rpc::HopReport report{.target = name_, .decode_ms = deposit.decoding.count()};
  const auto held = deposits_.hold(keys.front(), deposit.client, {std::move(deposit.tensors), deposit.decoding}, task);
  if (!held) return held.error();
  report.waited_ms = held.value().count();
  return rpc::RunReply{deposit.id, {}, {std::move(report)}};
}

base::Result<const rpc::ExitCheck*> Agent::run_parts(const rpc::RunRequest& request, TensorByName& tensors,
                                                     rpc::HopReport& report) {
  const rpc::Hop& hop = request.route.front();
  Task task(watch_, request.deadline, request.cancelled);
  Offloads offloads(messenger_, request);
  const auto all = static_cast<std::uint32_t>(hop.parts.size());
  for (std::uint32_t run = 0;;) {
    if (auto passed = offloads.pass(run, tensors); !passed) return passed.error();
    if (run == all) break;
    const std::uint32_t stop = offloads.next_stop(run, all);
    const auto ran = runner_.run(hop, {run, stop}, task, tensors, request.client);
    if (!ran) return ran.error().at(name_);
    report.compute_ms += ran.value().compute.count();
    if (ran.value().exit != nullptr) return ran.value().exit;
    run = stop;
  }
  report.offloads = offloads.take_reports();
  return nullptr;
}

base::Result<rpc::RunReply> Agent::run(rpc::RunRequest request) {
  if (auto checked = check_receiver(request); !checked) return checked.error();
  const rpc::Hop& hop = request.route.front();
  TensorByName tensors;
  for (auto& tensor : request.tensors) tensors[tensor.name] = std::move(tensor.tensor);
  rpc::HopReport report;
  report.target = name_;
  report.decode_ms = request.decoding.count();
  if (auto collected = collect(request, tensors, report); !collected) return collected.error();
  const auto exit = run_parts(request, tensors, report);
  if (!exit) return exit.error();
  auto answers = pick(exit.value() != nullptr ? std::vector{exit.value()->tensor} : hop.answers, tensors);
  if (!answers) return answers.error().at(name_);
  rpc::RunReply reply;
  if (exit.value() == nullptr && request.route.size() > 1) {
    auto next = depart(messenger_, request, tensors, report);
    if (!next) return next;
    reply = std::move(next.value());
  }
  reply.id = request.id;
  reply.tensors.insert(reply.tensors.begin(), std::make_move_iterator(answers.value().begin()),
                       std::make_move_iterator(answers.value().end()));
  reply.hops.insert(reply.hops.begin(), std::move(report));
  return reply;
}

base::Result<rpc::MeasureReply> Agent::measure(const rpc::MeasureRequest& request, const rpc::CallTerms& terms) {
  return measurer_.measure(request, terms);
}

base::Result<rpc::LinkReport> Agent::probe(const rpc::ProbeRequest& request) {
  auto found = neighbours_.find(request.peer);
  if (!found) return found.error();
  if (request.upload_bytes > 0) {
    return rpc::glance_at_link(*found.value(), static_cast<std::size_t>(request.upload_bytes),
                               base::Deadline::after(kProbeTimeout, clock_));
  }
  return rpc::probe_link(*found.value(), base::Deadline::after(kProbeTimeout, clock_));
}

}  // namespace tandem::agent
