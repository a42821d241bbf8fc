#include "plan/problem/problem_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace tandem::plan {
namespace {

constexpr double kShareTolerance = 1e-6;
constexpr std::size_t kLongestName = 100;  // in messages

std::string in_quotes(std::string_view name) {
  std::size_t length = std::min(name.size(), kLongestName);
  const auto continues_character = [&](std::size_t at) { return (static_cast<unsigned char>(name[at]) >> 6) == 2; };
  while (length > 0 && length < name.size() && continues_character(length)) --length;
  return fmt::format("'{}'", name.substr(0, length));
}

// Checks a problem in the order of its header and throws at the first error.
class Check {
 public:
  Check(const Problem& problem, const std::string& source) : problem_(problem), source_(source) {}

  void run() const {
    check_tiers();
    check_blocks();
    check_targets();
    check_tensors();
    check_links();
    check_exits();
    check_policies();
    check_rest();
    for (std::size_t i = 0; i < problem_.constraints.size(); ++i) check_constraint(i);
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& what) const {
    throw base::Error(base::ErrorKind::InvalidInput, fmt::format("{}: {}: {}", source_, place, what));
  }

  // A finite number that is not negative.
  void check_number(double value, const std::string& place, const char* field, double most = kUnlimited) const {
    if (std::isfinite(value) && value >= 0 && value <= most) return;
    const std::string range = most == kUnlimited ? "at least 0" : fmt::format("between 0 and {}", most);
    fail(place, fmt::format("{} is {}, expected a number of {}", field, value, range));
  }

  void check_positive(double value, const std::string& place, const char* field) const {
    if (std::isfinite(value) && value > 0) return;
    fail(place, fmt::format("{} is {}, expected a number above 0", field, value));
  }

  void check_index(std::size_t index, std::size_t count, const std::string& place, const char* what) const {
    if (index < count) return;
    fail(place, count == 0 ? fmt::format("{} {} is named, but there are none", what, index)
                           : fmt::format("{} {} does not exist, expected 0 to {}", what, index, count - 1));
  }

  void check_indices(const std::vector<std::size_t>& indices, std::size_t count, const std::string& place,
                     const char* what) const {
    for (const std::size_t index : indices) check_index(index, count, place, what);
  }

  // One number for each target or block.
  void check_times(const std::vector<double>& times, std::size_t count, const std::string& place,
                   const char* field) const {
    if (times.size() != count) fail(place, fmt::format("{} has {} numbers, expected {}", field, times.size(), count));
    for (const double time : times) {
      if (time != kCannotRun) check_number(time, place, field);
    }
  }

  void check_tiers() const;
  void check_blocks() const;
  void check_targets() const;
  void check_target(const Target& target, const std::string& place) const;
  void check_segments(const Target& target, const std::string& place) const;
  void check_tensors() const;
  void check_consumers(const Tensor& tensor, const std::string& place) const;
  void check_encodings(const Tensor& tensor, const std::string& place) const;
  void check_links() const;
  void check_transfers(const Link& link, const std::string& place) const;
  void check_unordered() const;
  void check_exits() const;
  void check_policies() const;
  void check_policy(const Policy& policy, const std::string& place) const;
  void check_rest() const;
  void check_constraint(std::size_t index) const;
  void check_limit(const Constraint& constraint, const std::string& place) const;

  const Problem& problem_;
  const std::string& source_;
};

void Check::check_tiers() const {
  if (problem_.tiers.empty() || problem_.tiers.size() > kMostTiers)
    fail("tiers", fmt::format("there are {}, expected 1 to {}", problem_.tiers.size(), kMostTiers));
}

void Check::check_blocks() const {
  if (problem_.blocks.empty()) fail("blocks", "there are none, expected at least one");
  std::size_t next = 0;
  for (std::size_t i = 0; i < problem_.blocks.size(); ++i) {
    const Block& block = problem_.blocks[i];
    const std::string place = fmt::format("block {} {}", i, in_quotes(block.name));
    if (block.first < next)
      fail(place,
           fmt::format("it starts at layer {}, expected {} or later, where the block before ends", block.first, next));
    if (block.last <= block.first)
      fail(place, fmt::format("it ends before layer {}, expected a layer after {}", block.last, block.first));
    check_number(block.memory_bytes, place, "memory");
    next = block.last;
  }
}

void Check::check_targets() const {
  if (problem_.targets.empty()) fail("targets", "there are none, expected at least one");
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < problem_.targets.size(); ++i) {
    const Target& target = problem_.targets[i];
    const std::string place = fmt::format("target {} {}", i, in_quotes(target.name));
    if (!names.insert(target.name).second) fail(place, "another target has the same name, expected a unique name");
    check_target(target, place);
  }
  if (problem_.targets[0].tier != 0)
    fail(fmt::format("target 0 {}", in_quotes(problem_.targets[0].name)),
         fmt::format("requests start there, but its tier is {}, expected tier 0", problem_.targets[0].tier));
}

void Check::check_target(const Target& target, const std::string& place) const {
  if (target.name.empty()) fail(place, "its name is empty, expected a name");
  check_index(target.tier, problem_.tiers.size(), place, "tier");
  check_number(target.stage_overhead_ms, place, "stage overhead");
  check_number(target.exit_ms, place, "time for an exit");
  check_times(target.block_ms, problem_.blocks.size(), place, "block times");
  check_positive(target.load, place, "load");
  if (target.memory_limit_bytes != kUnlimited) check_number(target.memory_limit_bytes, place, "memory limit");
  check_number(target.compute_watts, place, "compute watts");
  check_number(target.send_watts, place, "send watts");
  check_number(target.receive_watts, place, "receive watts");
  check_number(target.price_per_hour, place, "price per hour");
  if (target.replicas < 1 || target.replicas > kMostReplicas)
    fail(place, fmt::format("it has {} replicas, expected 1 to {}", target.replicas, kMostReplicas));
  check_segments(target, place);
}

void Check::check_segments(const Target& target, const std::string& place) const {
  std::set<std::pair<std::size_t, std::size_t>> known;
  for (const auto& [first, last, ms] : target.segments) {
    const std::string here = fmt::format("{}, segment of blocks {} to {}", place, first, last - 1);
    check_index(first, problem_.blocks.size(), here, "block");
    check_index(last - 1, problem_.blocks.size(), here, "block");
    if (last <= first) fail(here, "it ends before it starts, expected the first block first");
    if (!known.insert({first, last}).second) fail(here, "it appears twice, expected once");
    check_number(ms, here, "its time");
  }
}

void Check::check_tensors() const {
  for (std::size_t i = 0; i < problem_.tensors.size(); ++i) {
    const Tensor& tensor = problem_.tensors[i];
    const std::string place = fmt::format("tensor {} {}", i, in_quotes(tensor.name));
    if (tensor.producer != kNone) check_index(tensor.producer, problem_.blocks.size(), place, "its producer, block");
    check_consumers(tensor, place);
    check_encodings(tensor, place);
  }
}

void Check::check_consumers(const Tensor& tensor, const std::string& place) const {
  check_indices(tensor.consumers, problem_.blocks.size(), place, "its consumer, block");
  for (std::size_t i = 1; i < tensor.consumers.size(); ++i) {
    if (tensor.consumers[i] <= tensor.consumers[i - 1])
      fail(place, fmt::format("its consumer {} follows {}, expected ascending blocks", tensor.consumers[i],
                              tensor.consumers[i - 1]));
  }
  if (tensor.producer != kNone && !tensor.consumers.empty() && tensor.consumers[0] <= tensor.producer)
    fail(place, fmt::format("block {} reads it, expected only blocks after {}, which makes it", tensor.consumers[0],
                            tensor.producer));
}

void Check::check_encodings(const Tensor& tensor, const std::string& place) const {
  if (tensor.encodings.size() > kMostEncodings)
    fail(place, fmt::format("it has {} encodings, expected at most {}", tensor.encodings.size(), kMostEncodings));
  for (const auto& encoding : tensor.encodings) {
    const std::string here = fmt::format("{}, encoding {}", place, in_quotes(encoding.codec));
    check_number(encoding.bytes, here, "its size");
    check_number(encoding.accuracy_loss, here, "accuracy loss", 100);
    if (!encoding.encode_ms.empty()) check_times(encoding.encode_ms, problem_.targets.size(), here, "encoding times");
    if (!encoding.decode_ms.empty()) check_times(encoding.decode_ms, problem_.targets.size(), here, "decoding times");
  }
}

void Check::check_links() const {
  std::set<std::pair<std::size_t, std::size_t>> ends;
  for (std::size_t i = 0; i < problem_.links.size(); ++i) {
    const Link& link = problem_.links[i];
    const std::string place = fmt::format("link {}", i);
    check_index(link.from, problem_.targets.size(), place, "target");
    check_index(link.to, problem_.targets.size(), place, "target");
    const Target& from = problem_.targets[link.from];
    const Target& to = problem_.targets[link.to];
    const std::string here = fmt::format("{}, {} to {}", place, in_quotes(from.name), in_quotes(to.name));
    if (link.from == link.to) fail(here, "it leads nowhere, expected another target");
    if (to.tier < from.tier)
      fail(here, fmt::format("it leads from tier {} to {}, expected the same or a later tier", from.tier, to.tier));
    if (!ends.insert({link.from, link.to}).second) fail(here, "it appears twice, expected once");
    check_number(link.round_trip_ms, here, "round trip");
    check_positive(link.upload_mbps, here, "upload bandwidth");
    check_positive(link.download_mbps, here, "download bandwidth");
    check_number(link.price_per_gb, here, "price per GB");
    check_transfers(link, here);
  }
  check_unordered();
}

void Check::check_transfers(const Link& link, const std::string& place) const {
  if (link.waits.size() > kMostWaits)
    fail(place, fmt::format("it has {} waits, expected at most {}", link.waits.size(), kMostWaits));
  Wait before{-1, 0};
  for (const auto& wait : link.waits) {
    check_number(wait.above_bytes, place, "the size above which it waits");
    check_number(wait.ms, place, "its wait");
    if (wait.above_bytes <= before.above_bytes || wait.ms < before.ms)
      fail(place, fmt::format("it waits {} ms above {} bytes, after {} ms above {}, expected ascending waits", wait.ms,
                              wait.above_bytes, before.ms, before.above_bytes));
    before = wait;
  }
  check_number(link.least_bytes, place, "the least that a transfer sends");
  if (link.most_bytes != kUnlimited) check_number(link.most_bytes, place, "the most that a transfer sends");
}

// A route may visit each of these targets.
void Check::check_unordered() const {
  const auto is_unordered = unordered_tiers(problem_);
  const auto count =
      std::ranges::count_if(problem_.targets, [&](const Target& each) { return is_unordered[each.tier]; });
  if (static_cast<std::size_t>(count) > kMostUnordered)
    fail("links", fmt::format("tiers with links between their targets have {} targets, expected at most {}", count,
                              kMostUnordered));
}

void Check::check_exits() const {
  for (std::size_t i = 0; i < problem_.exits.size(); ++i) {
    const std::string place = fmt::format("exit {} {}", i, in_quotes(problem_.exits[i].name));
    const std::size_t block = problem_.exits[i].block;
    check_index(block, problem_.blocks.size(), place, "block");
    if (i > 0 && block <= problem_.exits[i - 1].block)
      fail(place, fmt::format("it is at block {}, expected one after block {} of the exit before", block,
                              problem_.exits[i - 1].block));
    if (!(problem_.exits[i].temperature > 0) || !std::isfinite(problem_.exits[i].temperature))
      fail(place, fmt::format("its temperature is {}, expected a number above 0", problem_.exits[i].temperature));
  }
}

void Check::check_policies() const {
  for (std::size_t i = 0; i < problem_.policies.size(); ++i)
    check_policy(problem_.policies[i], fmt::format("policy {} {}", i, in_quotes(problem_.policies[i].name)));
}

void Check::check_policy(const Policy& policy, const std::string& place) const {
  if (policy.exits.empty()) fail(place, "it has no exits, expected at least one");
  double sum = 0;
  for (std::size_t i = 0; i < policy.exits.size(); ++i) {
    check_index(policy.exits[i].exit, problem_.exits.size(), place, "exit");
    if (i > 0 && policy.exits[i].exit <= policy.exits[i - 1].exit)
      fail(place,
           fmt::format("exit {} follows {}, expected ascending exits", policy.exits[i].exit, policy.exits[i - 1].exit));
    check_number(policy.exits[i].share, place, "share", 1);
    check_number(policy.exits[i].threshold, place, "threshold");
    sum += policy.exits[i].share;
  }
  if (std::abs(sum - 1) > kShareTolerance) fail(place, fmt::format("its shares add up to {}, expected 1", sum));
  check_number(policy.accuracy, place, "accuracy", 100);
}

void Check::check_rest() const {
  check_number(problem_.answer_bytes, "answer", "its size");
  check_number(problem_.header_bytes, "header", "its size");
  check_number(problem_.exit_header_bytes, "header", "its size for an exit");
  check_number(problem_.latency_quantile, "latency", "quantile", 1);
  const Objective& objective = problem_.objective;
  check_indices(objective.links, problem_.links.size(), "objective", "link");
  check_number(objective.latency_weight, "objective", "latency weight");
  check_number(objective.upload_weight, "objective", "upload weight");
  check_number(objective.energy_weight, "objective", "energy weight");
  check_number(objective.money_weight, "objective", "money weight");
  check_number(objective.error_weight, "objective", "error weight");
}

void Check::check_constraint(std::size_t index) const {
  const Constraint& constraint = problem_.constraints[index];
  const std::string place = fmt::format("constraint {} {}", index, in_quotes(constraint.text));
  check_indices(constraint.blocks, problem_.blocks.size(), place, "block");
  check_indices(constraint.targets, problem_.targets.size(), place, "target");
  check_indices(constraint.links, problem_.links.size(), place, "link");
  if (constraint.kind == ConstraintKind::AtMost) return check_limit(constraint, place);
  const bool is_together = constraint.kind == ConstraintKind::Together;
  if (constraint.targets.empty() && !is_together) fail(place, "it names no targets, expected at least one");
  const bool needs_blocks =
      is_together || constraint.kind == ConstraintKind::RunsOn || constraint.kind == ConstraintKind::KeepsOff;
  if (needs_blocks && constraint.blocks.empty()) fail(place, "it names no blocks, expected at least one");
  if (constraint.kind == ConstraintKind::UsesFew) check_number(constraint.limit, place, "limit");
}

void Check::check_limit(const Constraint& constraint, const std::string& place) const {
  const Metric metric = constraint.metric;
  const char* name = name_of(metric);
  const bool is_by_target =
      metric == Metric::Compute || metric == Metric::Energy || metric == Metric::Money || metric == Metric::Memory;
  const bool is_by_link = metric == Metric::Exchange || metric == Metric::Upload;
  if (!constraint.targets.empty() && !is_by_target)
    fail(place, fmt::format("it counts {} of some targets, expected compute, energy, money or memory", name));
  if (!constraint.links.empty() && !is_by_link)
    fail(place, fmt::format("it counts {} of some links, expected exchange or upload", name));
  if (!constraint.blocks.empty()) fail(place, fmt::format("it limits {} of some blocks, expected none", name));
  if (constraint.is_share && metric != Metric::Compute && metric != Metric::Exchange)
    fail(place, fmt::format("it limits {} to a share of the latency, expected compute or exchange", name));
  check_number(constraint.limit, place, "limit", constraint.is_share ? 1 : kUnlimited);
}

}  // namespace

void check(const Problem& problem, const std::string& source) {
  Check(problem, source).run();
}

}  // namespace tandem::plan
