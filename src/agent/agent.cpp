#include "agent/agent.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/machine.h"
#include "agent/transfer.h"
#include "base/log.h"
#include "exits/statistics.h"

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;
using base::Milliseconds;

constexpr Milliseconds kProbeTimeout{60'000};
constexpr int kMostMeasuredRuns = 10'000;
constexpr int kMostEmulatingRuns = 3;

Error with_place(const std::string& place, const Error& error) {
  return Error(error.kind(), fmt::format("{}: {}", place, error.message()));
}

base::Result<std::vector<base::NamedTensor>> pick(const std::vector<std::string>& names,
                                                  const std::map<std::string, base::Tensor>& tensors) {
  std::vector<base::NamedTensor> picked;
  for (const auto& name : names) {
    const auto tensor = tensors.find(name);
    if (tensor == tensors.end())
      return Error(ErrorKind::InvalidInput, fmt::format("the route wants tensor '{}', which nothing made", name));
    picked.push_back({name, tensor->second});
  }
  return picked;
}

// An answer's confidence is taken of its first row: a request is one sample.
base::Result<bool> is_sure_enough(const rpc::ExitCheck& exit, const std::map<std::string, base::Tensor>& tensors) try {
  if (exit.threshold <= 0) return true;
  const auto answer = tensors.find(exit.tensor);
  if (answer == tensors.end() || answer->second.element() != base::ElementType::Float32) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("the route may end at '{}', which nothing made in float32", exit.tensor));
  }
  const auto probabilities = exits::probabilities_of(answer->second.values<float>());
  const auto confidence = exits::parse_confidence(exit.confidence);
  // As statistics keep it, which thresholds were found on.
  return static_cast<float>(exits::confidence_of(probabilities, confidence, exit.temperature)) >= exit.threshold;
} catch (const Error& error) {
  return error;
}

}  // namespace

// Requests take turns with the engine; one that would wait behind too many others is refused at once.
class Agent::Turn {
 public:
  Turn(Agent& agent, const base::Deadline& deadline) : lock_(agent.engine_turn_, std::try_to_lock) {
    if (lock_.owns_lock()) return;
    const int ahead = agent.waiting_.fetch_add(1);
    if (ahead >= agent.settings_.limits.waiting_requests) {
      error_.emplace(ErrorKind::ResourceExhausted,
                     fmt::format("{} requests are waiting for the engine already", ahead));
    } else if (deadline.is_never()) {
      lock_.lock();
    } else if (!lock_.try_lock_until(deadline.instant())) {
      error_.emplace(ErrorKind::DeadlineExceeded, "the deadline passed while the request waited for the engine");
    }
    agent.waiting_.fetch_sub(1);
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  std::unique_lock<std::timed_mutex> lock_;
  std::optional<Error> error_;
};

Agent::Agent(AgentSettings settings, engine::Engine& engine, base::Clock& clock)
    : settings_(std::move(settings)),
      engine_(engine),
      clock_(clock),
      weights_(settings_.weight_cache),
      parts_(engine, weights_),
      codecs_(weights_),
      pace_(settings_.slowdown, clock) {}

Agent::~Agent() = default;

rpc::TargetDescription Agent::describe() {
  return describe_machine(settings_.name, engine_, settings_.slowdown);
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

base::Status Agent::load(const rpc::PartOffer& part) {
  return parts_.load(part);
}

Milliseconds Agent::stretch(base::Instant start, Milliseconds worked, const base::Deadline& deadline) {
  const Milliseconds stretched = worked * settings_.slowdown;
  const auto until = start + std::chrono::duration_cast<base::Instant::duration>(stretched);
  clock_.sleep_until(std::min(until, deadline.instant()));
  return stretched;
}

base::Status Agent::run_part(const std::string& digest, Tensors& tensors) {
  auto found = parts_.find(digest);
  if (!found) return found.error();
  ReadyPart& ready = *found.value();
  std::vector<base::Tensor> inputs;
  for (const auto& input : ready.session->inputs()) {
    const auto tensor = tensors.find(input.name);
    if (tensor == tensors.end())
      return Error(ErrorKind::InvalidInput, fmt::format("tensor '{}' is missing from the request", input.name));
    inputs.push_back(tensor->second);
  }
  auto outputs = ready.session->run(inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) tensors[ready.session->outputs()[i].name] = std::move(outputs[i]);
  return base::Nothing{};
}

base::Result<const rpc::ExitCheck*> Agent::run_to_exit(const rpc::Hop& hop, const base::Deadline& deadline,
                                                       Tensors& tensors) {
  auto exit = hop.exits.begin();
  for (std::size_t part = 0; part < hop.parts.size(); ++part) {
    if (deadline.has_passed(clock_)) return Error(ErrorKind::DeadlineExceeded, "the deadline passed between two parts");
    auto status = run_part(hop.parts[part], tensors);
    if (!status) return status.error();
    for (; exit != hop.exits.end() && exit->after_parts <= part + 1; ++exit) {
      const auto is_sure = is_sure_enough(*exit, tensors);
      if (!is_sure) return is_sure.error();
      if (is_sure.value()) return &*exit;
    }
  }
  return nullptr;
}

// A slow machine is not held up longer by other processes, nor by caches that they emptied while it slept: where there
// is time for it, the least of a few runs is stretched. Work on several threads is not known to this one, so then all
// of the time counts.
base::Result<const rpc::ExitCheck*> Agent::run_parts(const rpc::Hop& hop, const base::Deadline& deadline,
                                                     Tensors& tensors, double& compute_ms) {
  if (hop.parts.empty()) return nullptr;
  const Turn turn(*this, deadline);
  if (turn.error()) return *turn.error();
  const bool is_emulated = settings_.slowdown > 1;
  const auto worked = [&] {
    return is_emulated && engine_.threads() == 1 ? clock_.thread_time() : clock_.now().time_since_epoch();
  };
  const auto start = clock_.now();
  Milliseconds least = Milliseconds::max();
  base::Result<const rpc::ExitCheck*> exit = nullptr;
  for (int run = 0; run < std::clamp(static_cast<int>(settings_.slowdown / 2), 1, kMostEmulatingRuns); ++run) {
    const Milliseconds before = worked();
    exit = run_to_exit(hop, deadline, tensors);
    if (!exit) return exit;
    least = std::min(least, worked() - before);
  }
  compute_ms = (is_emulated ? stretch(start, least, deadline) : least).count();
  if (deadline.has_passed(clock_)) return Error(ErrorKind::DeadlineExceeded, "the deadline passed while the stage ran");
  return exit;
}

base::Result<rpc::Peer*> Agent::peer_named(const std::string& name) {
  const std::lock_guard lock(peers_mutex_);
  const auto known = peers_.find(name);
  if (known != peers_.end()) return known->second.get();
  if (!settings_.fleet) {
    return Error(ErrorKind::Refused,
                 fmt::format("may not forward to '{}': this agent was started without a fleet file", name));
  }
  const fleet::Fleet& fleet = *settings_.fleet;
  const auto target = std::ranges::find(fleet.targets, name, &fleet::Target::name);
  const auto self = std::ranges::find(fleet.targets, settings_.name, &fleet::Target::name);
  const bool is_listed = target != fleet.targets.end() && self != fleet.targets.end();
  const fleet::Link* link = is_listed ? fleet.find_link(static_cast<std::size_t>(self - fleet.targets.begin()),
                                                        static_cast<std::size_t>(target - fleet.targets.begin()))
                                      : nullptr;
  if (link == nullptr)
    return Error(ErrorKind::Refused,
                 fmt::format("may not forward to '{}': no such link in this agent's fleet file", name));
  auto& peer = peers_[name];
  peer = std::make_unique<rpc::Peer>(name, link->address, settings_.credentials, settings_.limits);
  return peer.get();
}

std::unique_ptr<rpc::TensorReceiver> Agent::receive(const rpc::EncodedTensor& tensor, const base::Deadline& deadline) {
  return receiver(codecs_.find(tensor.codec).take(), tensor.type, pace_, deadline);
}

base::Status Agent::add_tensors(const rpc::Hop& hop, const Tensors& tensors, TensorSender& sender,
                                rpc::RunRequest& next) try {
  auto picked = pick(hop.forwards, tensors);
  if (!picked) return picked.error();
  assert(hop.codecs.empty() || hop.codecs.size() == hop.forwards.size());
  for (std::size_t i = 0; i < picked.value().size(); ++i) {
    base::NamedTensor& tensor = picked.value()[i];
    if (hop.codecs.empty() || hop.codecs[i].empty()) {
      sender.add(std::move(tensor), next);
    } else {
      sender.add(tensor, codecs_.find(hop.codecs[i]).take(), hop.codecs[i], next);
    }
  }
  return base::Nothing{};
} catch (const Error& error) {
  return error;
}

base::Result<rpc::RunReply> Agent::forward(const rpc::RunRequest& request, const Tensors& tensors,
                                           rpc::HopReport& report) {
  rpc::RunRequest next;
  next.id = request.id;
  next.deadline = request.deadline;
  next.route.assign(request.route.begin() + 1, request.route.end());
  auto peer = peer_named(next.route.front().target);
  if (!peer) return peer.error();
  const auto start = clock_.now();
  const auto sender = std::make_shared<TensorSender>(pace_, request.deadline);
  const base::Status added = add_tensors(request.route.front(), tensors, *sender, next);
  if (!added) return with_place(settings_.name, added.error());
  next.pieces = sender;
  auto reply = peer.value()->run(next);
  report.exchange_ms = Milliseconds(clock_.now() - start).count();
  report.encode_ms = sender->encoding().count();
  report.sent_bytes = sender->sent_bytes();
  if (!reply) return with_place(fmt::format("{} → {}", settings_.name, next.route.front().target), reply.error());
  return reply;
}

base::Result<rpc::RunReply> Agent::run(rpc::RunRequest request) {
  if (request.route.empty() || request.route.front().target != settings_.name) {
    return Error(ErrorKind::Refused, fmt::format("this is '{}', the request is for '{}'", settings_.name,
                                                 request.route.empty() ? "nobody" : request.route.front().target));
  }
  const rpc::Hop& hop = request.route.front();
  Tensors tensors;
  for (auto& tensor : request.tensors) tensors[tensor.name] = std::move(tensor.tensor);
  rpc::HopReport report;
  report.target = settings_.name;
  report.decode_ms = request.decoding.count();
  const auto exit = run_parts(hop, request.deadline, tensors, report.compute_ms);
  if (!exit) return with_place(settings_.name, exit.error());
  const bool has_ended = exit.value() != nullptr;
  auto answers = pick(has_ended ? std::vector{exit.value()->tensor} : hop.answers, tensors);
  if (!answers) return with_place(settings_.name, answers.error());
  rpc::RunReply reply;
  if (!has_ended && request.route.size() > 1) {
    auto next = forward(request, tensors, report);
    if (!next) return next;
    reply = std::move(next.value());
  }
  reply.id = request.id;
  reply.tensors.insert(reply.tensors.begin(), std::make_move_iterator(answers.value().begin()),
                       std::make_move_iterator(answers.value().end()));
  reply.hops.insert(reply.hops.begin(), std::move(report));
  return reply;
}

base::Result<Agent::Tensors> Agent::made_up_inputs(const std::vector<std::string>& parts) {
  Tensors given;
  for (const auto& digest : parts) {
    auto found = parts_.find(digest);
    if (!found) return found.error();
    const auto& types = found.value()->session->inputs();
    auto inputs = engine::made_up_inputs(types);
    for (std::size_t i = 0; i < types.size(); ++i) given.try_emplace(types[i].name, std::move(inputs[i]));
  }
  return given;
}

base::Result<rpc::MeasureReply> Agent::measure(const rpc::MeasureRequest& request) {
  const bool has_subject = !request.parts.empty() || !request.codec.empty();
  if (!has_subject || request.runs < 1 || request.runs > kMostMeasuredRuns || request.warmup_runs < 0 ||
      request.warmup_runs > kMostMeasuredRuns) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("{} parts, {} runs: expected a codec or at least one part, and [1, {}] runs",
                             request.parts.size(), request.runs, kMostMeasuredRuns));
  }
  return request.codec.empty() ? measure_parts(request) : measure_codec(request);
}

base::Result<rpc::MeasureReply> Agent::measure_codec(const rpc::MeasureRequest& request) {
  const auto codec = codecs_.find(request.codec);
  if (!codec) return codec.error();
  const auto sample = weights_.get(request.sample, request.sample_type);
  if (!sample) return sample.error();
  const PinnedThread pinned;
  const Turn turn(*this, base::Deadline::never());
  if (turn.error()) return *turn.error();
  return time_codec(codec.value(), sample.value(), request.warmup_runs, request.runs, pace_);
}

base::Result<rpc::MeasureReply> Agent::measure_parts(const rpc::MeasureRequest& request) {
  const auto given = made_up_inputs(request.parts);
  if (!given) return given.error();
  const auto pinned = engine_.threads() == 1 ? std::make_unique<PinnedThread>() : nullptr;
  rpc::Hop hop;
  hop.parts = request.parts;
  rpc::MeasureReply reply;
  for (int run = 0; run < request.warmup_runs + request.runs; ++run) {
    Tensors tensors = given.value();
    double compute_ms = 0;
    const auto done = run_parts(hop, base::Deadline::never(), tensors, compute_ms);
    if (!done) return done.error();
    if (run >= request.warmup_runs) reply.samples_ms.push_back(compute_ms);
  }
  if (!request.examine) return reply;
  for (const auto& digest : request.parts) {
    auto status = examine(digest, given.value(), request.runs, reply);
    if (!status) return status.error();
  }
  return reply;
}

base::Status Agent::examine(const std::string& digest, const Tensors& given, int runs, rpc::MeasureReply& reply) {
  auto found = parts_.find(digest);
  if (!found) return found.error();
  const model::Part& part = found.value()->part;
  std::vector<base::Tensor> inputs;
  for (const auto& input : found.value()->session->inputs()) inputs.push_back(given.at(input.name));
  const Turn turn(*this, base::Deadline::never());
  load_afresh(part, inputs, reply);
  for (const auto& kernel : engine_.time_kernels(part, inputs, runs))
    reply.kernels.push_back({kernel.name, kernel.op_type, kernel.time.count() * settings_.slowdown});
  weights_.let_go(part.weights);
  return base::Nothing{};
}

void Agent::load_afresh(const model::Part& part, const std::vector<base::Tensor>& inputs, rpc::MeasureReply& reply) {
  const std::int64_t before = resident_bytes();
  reset_peak_resident();
  const auto start = clock_.now();
  const auto session = engine_.load(part);
  weights_.let_go(part.weights);
  session->run(inputs);
  reply.load_ms += Milliseconds(clock_.now() - start).count() * settings_.slowdown;
  reply.resident_bytes += std::max<std::int64_t>(0, resident_bytes() - before);
  reply.peak_bytes = std::max(reply.peak_bytes, peak_resident_bytes() - before);
}

base::Result<rpc::LinkReport> Agent::probe(const rpc::ProbeRequest& request) {
  auto found = peer_named(request.peer);
  if (!found) return found.error();
  if (request.upload_bytes > 0) {
    return rpc::glance_at_link(*found.value(), static_cast<std::size_t>(request.upload_bytes),
                               base::Deadline::after(kProbeTimeout, clock_));
  }
  return rpc::probe_link(*found.value(), base::Deadline::after(kProbeTimeout, clock_));
}

}  // namespace tandem::agent
