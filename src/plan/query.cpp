#include "plan/query.h"

#include <algorithm>
#include <numeric>

namespace tandem::plan {
namespace {

// Breaks ties of other objectives by latency, per ms: far below what they are counted in, far above rounding.
constexpr double kLatencyTieBreak = 1e-10;
constexpr double kLatencyTieBreakOfBytes = 1e-6;
constexpr double kLatencyTieBreakOfPower = 1e-9;  // of the joules that the strongest target needs in that time

// The levels of all blocks: the place in the policy of the first exit that needs it; kNone: no exit does.
std::vector<std::size_t> levels_of(const Problem& problem, const Policy* policy) {
  if (policy == nullptr) return std::vector<std::size_t>(problem.blocks.size(), 0);
  std::vector<std::size_t> levels(problem.blocks.size(), kNone);
  for (std::size_t i = 0; i < policy->exits.size(); ++i) {
    auto& level = levels[problem.exits[policy->exits[i].exit].block];
    level = std::min(level, i);
  }
  std::vector<std::vector<std::size_t>> sources(problem.blocks.size());
  for (const auto& tensor : problem.tensors) {
    if (tensor.producer == kNone) continue;
    for (const std::size_t consumer : tensor.consumers) sources[consumer].push_back(tensor.producer);
  }
  for (std::size_t block = problem.blocks.size(); block-- > 0;) {
    for (const std::size_t source : sources[block]) levels[source] = std::min(levels[source], levels[block]);
  }
  return levels;
}

// What is read by a block that runs, in ranks.
void add_tensors(const Problem& problem, const std::vector<std::size_t>& rank_of, Scenario& scenario) {
  std::vector<std::size_t> starts;
  for (std::size_t id = 0; id < problem.tensors.size(); ++id) {
    const Tensor& tensor = problem.tensors[id];
    if (tensor.producer != kNone && rank_of[tensor.producer] == kNone) continue;
    const std::size_t start = scenario.all_readers.size();
    for (const std::size_t consumer : tensor.consumers) {
      if (rank_of[consumer] != kNone) scenario.all_readers.push_back(rank_of[consumer]);
    }
    if (scenario.all_readers.size() == start) continue;
    std::sort(scenario.all_readers.begin() + static_cast<std::ptrdiff_t>(start), scenario.all_readers.end());
    scenario.tensors.push_back({id, tensor.producer == kNone ? kNone : rank_of[tensor.producer], {}});
    starts.push_back(start);
  }
  starts.push_back(scenario.all_readers.size());
  for (std::size_t i = 0; i < scenario.tensors.size(); ++i)
    scenario.tensors[i].readers = std::span(scenario.all_readers).subspan(starts[i], starts[i + 1] - starts[i]);
}

void find_frontiers(Scenario& scenario) {
  const auto first_cut = [](const Scenario::ActiveTensor& tensor) {
    return tensor.producer == kNone ? 0 : tensor.producer + 1;
  };
  auto& start = scenario.frontier_start;
  start.assign(scenario.size() + 2, 0);
  for (const auto& tensor : scenario.tensors) {
    for (std::size_t cut = first_cut(tensor); cut <= tensor.readers.back(); ++cut) ++start[cut + 1];
  }
  std::partial_sum(start.begin(), start.end(), start.begin());
  scenario.frontier_tensors.resize(start.back());
  std::vector<std::size_t> next(start.begin(), start.end() - 1);
  for (std::size_t id = 0; id < scenario.tensors.size(); ++id) {
    const auto& tensor = scenario.tensors[id];
    for (std::size_t cut = first_cut(tensor); cut <= tensor.readers.back(); ++cut)
      scenario.frontier_tensors[next[cut]++] = id;
  }
}

// Neighbours of one level must depend on each other; between levels they do by the rule that exits are decided first.
bool find_total_order(const Scenario& scenario) {
  std::vector<char> follows(scenario.size(), 0);
  for (const auto& tensor : scenario.tensors) {
    if (tensor.producer == kNone) continue;
    if (std::ranges::binary_search(tensor.readers, tensor.producer + 1)) follows[tensor.producer + 1] = 1;
  }
  for (std::size_t rank = 1; rank < scenario.size(); ++rank) {
    if (!follows[rank] && scenario.level[rank] == scenario.level[rank - 1]) return false;
  }
  return true;
}

void find_reach(const Problem& problem, const Policy* policy, Scenario& scenario) {
  const std::size_t levels = policy == nullptr ? 1 : policy->exits.size();
  scenario.mean_reach.assign(levels, 1);
  scenario.time_reach.assign(levels, 1);
  if (policy == nullptr) return;
  double left = 0;
  for (std::size_t level = levels; level-- > 0;) scenario.mean_reach[level] = left += policy->exits[level].share;
  scenario.time_reach = scenario.mean_reach;
  if (problem.latency_quantile == 0) return;
  double stopped = 0;
  std::size_t last = 0;
  for (; last + 1 < levels; ++last) {
    stopped += policy->exits[last].share;
    if (stopped >= problem.latency_quantile - 1e-12) break;
  }
  for (std::size_t level = 0; level < levels; ++level) scenario.time_reach[level] = level <= last ? 1 : 0;
}

template <class Visit>
void for_each_or_all(const std::vector<std::size_t>& some, std::size_t count, const Visit& visit) {
  if (some.empty()) {
    for (std::size_t i = 0; i < count; ++i) visit(i);
  }
  for (const std::size_t i : some) visit(i);
}

}  // namespace

Scenario make_scenario(const Problem& problem, std::size_t policy) {
  const Policy* chosen = problem.policies.empty() ? nullptr : &problem.policies[policy];
  Scenario scenario;
  scenario.policy = policy;
  scenario.accuracy = chosen == nullptr ? 100 : chosen->accuracy;
  const auto levels = levels_of(problem, chosen);
  for (std::size_t block = 0; block < levels.size(); ++block) {
    if (levels[block] != kNone) scenario.order.push_back(block);
  }
  std::ranges::stable_sort(scenario.order, {}, [&](std::size_t block) { return levels[block]; });
  std::vector<std::size_t> rank_of(problem.blocks.size(), kNone);
  for (std::size_t rank = 0; rank < scenario.size(); ++rank) {
    rank_of[scenario.order[rank]] = rank;
    scenario.level.push_back(levels[scenario.order[rank]]);
  }
  add_tensors(problem, rank_of, scenario);
  scenario.is_total_order = find_total_order(scenario);
  find_frontiers(scenario);
  find_reach(problem, chosen, scenario);
  return scenario;
}

double Times::upload_ms(const Link& link, double bytes) {
  return bytes * 8 / (link.upload_mbps * 1000);
}

double Times::download_ms(const Link& link, double bytes) {
  return bytes * 8 / (link.download_mbps * 1000);
}

double Times::encode_ms(const Problem& problem, const Encoding& encoding, std::size_t link) {
  const std::size_t from = problem.links[link].from;
  return encoding.encode_ms.empty() ? 0 : encoding.encode_ms[from] * problem.targets[from].load;
}

double Times::decode_ms(const Problem& problem, const Encoding& encoding, std::size_t link) {
  const std::size_t to = problem.links[link].to;
  return encoding.decode_ms.empty() ? 0 : encoding.decode_ms[to] * problem.targets[to].load;
}

Functional::Functional(const Problem& problem)
    : compute_time_(problem.targets.size()),
      compute_mean_(problem.targets.size()),
      exchange_time_(problem.links.size()),
      upload_mean_(problem.links.size()),
      sending_mean_(problem.links.size()),
      answer_mean_(problem.links.size()) {}

void Functional::add_latency(const Problem&, double weight) {
  add_compute({}, weight);
  add_exchange({}, weight);
}

void Functional::add_compute(const std::vector<std::size_t>& targets, double weight) {
  for_each_or_all(targets, compute_time_.size(), [&](std::size_t i) { compute_time_[i] += weight; });
}

void Functional::add_exchange(const std::vector<std::size_t>& links, double weight) {
  for_each_or_all(links, exchange_time_.size(), [&](std::size_t i) { exchange_time_[i] += weight; });
}

void Functional::add_upload(const std::vector<std::size_t>& links, double weight) {
  for_each_or_all(links, upload_mean_.size(), [&](std::size_t i) { upload_mean_[i] += weight; });
}

void Functional::add_energy(const Problem& problem, const std::vector<std::size_t>& targets, double weight) {
  for_each_or_all(targets, compute_mean_.size(), [&](std::size_t i) {
    const Target& target = problem.targets[i];
    compute_mean_[i] += weight * target.compute_watts / 1000;
    for (std::size_t link = 0; link < problem.links.size(); ++link) {
      if (problem.links[link].from == i) {
        sending_mean_[link] += weight * target.send_watts / 1000;
        answer_mean_[link] += weight * target.receive_watts / 1000;
      }
      if (problem.links[link].to == i) {
        sending_mean_[link] += weight * target.receive_watts / 1000;
        answer_mean_[link] += weight * target.send_watts / 1000;
      }
    }
  });
}

double Functional::hop(const Problem& problem, std::size_t link, double time_reach, double mean_reach) const {
  const Link& costs = problem.links[link];
  const double answer_ms = Times::download_ms(costs, problem.answer_bytes);
  return exchange_time_[link] * time_reach * (costs.round_trip_ms + answer_ms) +
         answer_mean_[link] * mean_reach * answer_ms;
}

double Functional::crossing(const Problem& problem, const Encoding& encoding, std::size_t link, double time_reach,
                            double mean_reach) const {
  const Link& costs = problem.links[link];
  const double encode_ms = Times::encode_ms(problem, encoding, link);
  const double decode_ms = Times::decode_ms(problem, encoding, link);
  const double upload_ms = Times::upload_ms(costs, encoding.bytes);
  return exchange_time_[link] * time_reach * (encode_ms + upload_ms + decode_ms) +
         mean_reach * (encode_ms * compute_mean_[costs.from] + decode_ms * compute_mean_[costs.to] +
                       upload_ms * sending_mean_[link] + encoding.bytes * upload_mean_[link] +
                       encoding.accuracy_loss * error_);
}

double Functional::byte_time(const Problem& problem, std::size_t link) const {
  return exchange_time_[link] * Times::upload_ms(problem.links[link], 1);
}

double Functional::byte_mean(const Problem& problem, std::size_t link) const {
  return upload_mean_[link] + sending_mean_[link] * Times::upload_ms(problem.links[link], 1);
}

void Functional::add(const Functional& other, double weight) {
  const auto add_all = [&](std::vector<double>& to, const std::vector<double>& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += weight * from[i];
  };
  add_all(compute_time_, other.compute_time_);
  add_all(compute_mean_, other.compute_mean_);
  add_all(exchange_time_, other.exchange_time_);
  add_all(upload_mean_, other.upload_mean_);
  add_all(sending_mean_, other.sending_mean_);
  add_all(answer_mean_, other.answer_mean_);
  error_ += weight * other.error_;
}

namespace {

bool has_lossy_encoding(const Problem& problem) {
  return std::ranges::any_of(problem.tensors, [](const Tensor& tensor) {
    return std::ranges::any_of(tensor.encodings, [](const Encoding& each) { return each.accuracy_loss > 0; });
  });
}

// Turns constraints and the objective into the query's terms.
class QueryMaker {
 public:
  QueryMaker(const Problem& problem, std::size_t policy) : problem_(problem) {
    query_.problem = &problem;
    query_.scenario = make_scenario(problem, policy);
    query_.objective = Functional(problem);
    query_.may_run.assign(query_.scenario.size() * problem.targets.size(), 1);
    query_.may_use_link.assign(problem.links.size(), 1);
    for (const auto& target : problem.targets) query_.memory_limit.push_back(target.memory_limit_bytes);
  }

  Query make() && {
    for (const auto& constraint : problem_.constraints) add(constraint);
    set_objective();
    return std::move(query_);
  }

 private:
  void set_objective() {
    const Objective& objective = problem_.objective;
    const double error = 100 - query_.scenario.accuracy;
    Functional& functional = query_.objective;
    switch (objective.kind) {
      case ObjectiveKind::Latency:
        functional.add_latency(problem_, 1);
        break;
      case ObjectiveKind::Accuracy:
        minimise_error(functional, error);
        return;
      case ObjectiveKind::Throughput:
        query_.minimises_period = true;
        query_.tie_break = kLatencyTieBreak;
        functional.add_latency(problem_, 1);
        break;
      case ObjectiveKind::Upload:
        functional.add_upload(objective.links, 1);
        break_ties(kLatencyTieBreakOfBytes);
        break;
      case ObjectiveKind::Energy:
        functional.add_energy(problem_, {}, 1);
        break_ties(kLatencyTieBreakOfPower * most_watts() / 1000);
        break;
      case ObjectiveKind::Weighted:
        query_.constant = objective.error_weight * error;
        functional.add_latency(problem_, objective.latency_weight);
        functional.add_upload(objective.links, objective.upload_weight);
        functional.add_energy(problem_, {}, objective.energy_weight);
        functional.add_error(objective.error_weight);
        if (objective.latency_weight == 0) break_ties(kLatencyTieBreak);
        break;
    }
    limit_objective();
  }

  double most_watts() const {
    double most = 0;
    for (const auto& target : problem_.targets)
      most = std::max({most, target.compute_watts, target.send_watts, target.receive_watts});
    return most;
  }

  void break_ties(double per_ms) {
    query_.tie_break = per_ms;
    query_.objective.add_latency(problem_, per_ms);
  }

  // Under one policy only lossy encodings make a difference. Without them every plan is as accurate as any other, so
  // the fastest one will do.
  void minimise_error(Functional& functional, double error) {
    if (has_lossy_encoding(problem_)) {
      query_.constant = error;
      functional.add_error(1);
      break_ties(kLatencyTieBreak);
      limit_latency_apart();
    } else {
      query_.fixed_cost = error;
      functional.add_latency(problem_, 1);
      query_.objective_limit = latency_limit_;
    }
  }

  void limit_objective() {
    if (problem_.objective.kind == ObjectiveKind::Latency) {
      query_.objective_limit = latency_limit_;
    } else {
      limit_latency_apart();
    }
  }

  void limit_latency_apart() {
    if (latency_limit_ == kUnlimited) return;
    Functional latency(problem_);
    latency.add_latency(problem_, 1);
    query_.limits.push_back({std::move(latency), latency_limit_, slack_of(latency_limit_)});
  }

  void add(const Constraint& constraint) {
    switch (constraint.kind) {
      case ConstraintKind::RunsOn:
        for (const std::size_t block : constraint.blocks) keep(block, constraint.targets, true);
        break;
      case ConstraintKind::KeepsOff:
        for (const std::size_t block : constraint.blocks) keep(block, constraint.targets, false);
        break;
      case ConstraintKind::Uses:
        query_.needed.push_back(constraint.targets);
        break;
      case ConstraintKind::Avoids:
        avoid(constraint.targets);
        break;
      case ConstraintKind::Private:
        for (const std::size_t block : readers_before(constraint.blocks)) keep(block, constraint.targets, true);
        break;
      case ConstraintKind::AtMost:
        add_limit(constraint);
        break;
    }
  }

  void keep(std::size_t block, const std::vector<std::size_t>& targets, bool is_inside) {
    const auto& order = query_.scenario.order;
    const auto rank = static_cast<std::size_t>(std::ranges::find(order, block) - order.begin());
    if (rank == order.size()) return;
    for (std::size_t target = 0; target < problem_.targets.size(); ++target) {
      const bool is_named = std::ranges::find(targets, target) != targets.end();
      if (is_named != is_inside) query_.may_run[rank * problem_.targets.size() + target] = 0;
    }
  }

  void avoid(const std::vector<std::size_t>& targets) {
    for (const std::size_t target : targets) {
      for (std::size_t rank = 0; rank < query_.scenario.size(); ++rank)
        query_.may_run[rank * problem_.targets.size() + target] = 0;
      for (std::size_t link = 0; link < problem_.links.size(); ++link) {
        const bool leads_through = (problem_.links[link].from == target && target != 0) || problem_.links[link].to == target;
        if (leads_through) query_.may_use_link[link] = 0;
      }
    }
  }

  // All blocks that read the model's input or anything made before `blocks`; just the input's readers without any.
  std::vector<std::size_t> readers_before(const std::vector<std::size_t>& blocks) const {
    std::vector<char> is_before(problem_.blocks.size(), 0);
    std::vector<char> leads(problem_.blocks.size(), 0);
    for (const std::size_t block : blocks) leads[block] = 1;
    for (std::size_t block = problem_.blocks.size(); block-- > 0;) {
      for (const auto& tensor : problem_.tensors) {
        if (tensor.producer != block) continue;
        for (const std::size_t consumer : tensor.consumers) {
          if (leads[consumer]) is_before[block] = leads[block] = 1;
        }
      }
    }
    std::vector<std::size_t> readers;
    for (const auto& tensor : problem_.tensors) {
      if (tensor.producer == kNone || is_before[tensor.producer])
        readers.insert(readers.end(), tensor.consumers.begin(), tensor.consumers.end());
    }
    return readers;
  }

  void add_limit(const Constraint& constraint) {
    Functional functional(problem_);
    double limit = constraint.limit;
    switch (constraint.metric) {
      case Metric::Latency:
        latency_limit_ = std::min(latency_limit_, limit);
        return;
      case Metric::Period:
        query_.period_limit = std::min(query_.period_limit, limit);
        return;
      case Metric::Memory:
        for_each_or_all(constraint.targets, problem_.targets.size(),
                        [&](std::size_t i) { query_.memory_limit[i] = std::min(query_.memory_limit[i], limit); });
        return;
      case Metric::Compute:
        functional.add_compute(constraint.targets, 1);
        break;
      case Metric::Exchange:
        functional.add_exchange(constraint.links, 1);
        break;
      case Metric::Upload:
        functional.add_upload(constraint.links, 1);
        break;
      case Metric::Energy:
        functional.add_energy(problem_, constraint.targets, 1);
        break;
      case Metric::Error:
        functional.add_error(1);
        limit -= 100 - query_.scenario.accuracy;
        break;
    }
    double slack = slack_of(constraint.limit);
    if (constraint.is_share) {  // the metric less its share of the latency, in ms
      functional.add_latency(problem_, -limit);
      limit = 0;
      slack = 1e-9;
    }
    query_.limits.push_back({std::move(functional), limit, slack});
  }

  const Problem& problem_;
  Query query_;
  double latency_limit_ = kUnlimited;
};

}  // namespace

Query make_query(const Problem& problem, std::size_t policy) {
  return QueryMaker(problem, policy).make();
}

bool Query::has_memory_limits() const {
  return std::ranges::any_of(memory_limit, [](double limit) { return limit != kUnlimited; });
}

bool Query::is_additive() const {
  return !minimises_period && period_limit == kUnlimited && limits.empty() && needed.empty() && !has_memory_limits();
}

bool is_bytes_only(const std::vector<Encoding>& encodings) {
  return encodings.size() == 1 && encodings[0].encode_ms.empty() && encodings[0].decode_ms.empty() &&
         encodings[0].accuracy_loss == 0;
}

Decision make_decision(const Query& query, std::vector<std::size_t> route,
                       const std::vector<std::size_t>& position_of_rank) {
  Decision decision;
  decision.policy = query.scenario.policy;
  decision.route = std::move(route);
  decision.position.assign(query.problem->blocks.size(), kNone);
  for (std::size_t rank = 0; rank < query.scenario.size(); ++rank)
    decision.position[query.scenario.order[rank]] = position_of_rank[rank];
  return decision;
}

}  // namespace tandem::plan
