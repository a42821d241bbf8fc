#include "plan/solve/query.h"

#include <algorithm>
#include <numeric>

namespace tandem::plan {
namespace {

constexpr double kErrorSlack = 1e-12;  // as in price.cpp

bool contains(const std::vector<std::size_t>& list, std::size_t item) {
  return std::ranges::find(list, item) != list.end();
}

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
    query_.segments = Segments(problem, query_.scenario);
    query_.objective = Functional(problem);
    query_.may_run.assign(query_.scenario.size() * problem.targets.size(), 1);
    query_.may_use_link.assign(problem.links.size(), 1);
    for (const auto& target : problem.targets) query_.memory_limit.push_back(target.memory_limit_bytes);
    keep_off_unable();
  }

  Query make() && {
    for (const auto& constraint : problem_.constraints) add(constraint);
    for (std::size_t link = 0; link < problem_.links.size(); ++link) limit_sizes(link);
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
        functional.add_latency(1);
        break;
      case ObjectiveKind::Accuracy:
        minimise_error(functional, error);
        return;
      case ObjectiveKind::Throughput:
        query_.minimises_period = true;
        break;
      case ObjectiveKind::Upload:
        functional.add_upload(objective.links, 1);
        break;
      case ObjectiveKind::Energy:
        functional.add_energy(problem_, {}, 1);
        break;
      case ObjectiveKind::Money:
        functional.add_money(problem_, {}, 1);
        break;
      case ObjectiveKind::Weighted:
        query_.constant = objective.error_weight * error;
        functional.add_latency(objective.latency_weight);
        functional.add_upload(objective.links, objective.upload_weight);
        functional.add_energy(problem_, {}, objective.energy_weight);
        functional.add_money(problem_, {}, objective.money_weight);
        functional.add_error(objective.error_weight);
        break;
    }
    limit_objective();
  }

  // Under one policy only lossy encodings change the accuracy. Without them all plans are equally accurate, and the
  // fastest is best.
  void minimise_error(Functional& functional, double error) {
    if (has_lossy_encoding(problem_)) {
      query_.constant = error;
      functional.add_error(1);
      limit_latency_apart();
    } else {
      query_.fixed_cost = error;
      functional.add_latency(1);
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
    latency.add_latency(1);
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
      case ConstraintKind::UsesFew:
        use_few(constraint);
        break;
      case ConstraintKind::Avoids:
        avoid(constraint.targets);
        break;
      case ConstraintKind::Private:
        for (const std::size_t block : readers_before(constraint.blocks)) keep(block, constraint.targets, true);
        break;
      case ConstraintKind::Together:  // part of the scenario
        break;
      case ConstraintKind::AtMost:
        add_limit(constraint);
        break;
    }
  }

  void keep(std::size_t block, const std::vector<std::size_t>& targets, bool is_inside) {
    const std::size_t rank = query_.scenario.rank_of[block];
    if (rank == kNone) return;
    for (std::size_t target = 0; target < problem_.targets.size(); ++target) {
      if (contains(targets, target) != is_inside) query_.may_run[rank * problem_.targets.size() + target] = 0;
    }
  }

  // A route takes a link at most once.
  void limit_sizes(std::size_t link) {
    const Link& limits = problem_.links[link];
    if (limits.most_bytes == 0) {
      query_.may_use_link[link] = 0;
    } else if (limits.most_bytes < kUnlimited) {
      Functional bytes(problem_);
      bytes.add_size(link, 1, 0);
      query_.limits.push_back({std::move(bytes), limits.most_bytes, slack_of(limits.most_bytes)});
    }
    if (limits.least_bytes > 0) {
      Functional lacking(problem_);
      lacking.add_size(link, -1, limits.least_bytes);
      query_.limits.push_back({std::move(lacking), 0, slack_of(limits.least_bytes)});
    }
  }

  // A sum of one for each stage on these targets.
  void use_few(const Constraint& constraint) {
    if (constraint.limit >= static_cast<double>(constraint.targets.size())) return;
    if (constraint.limit < 1) {
      for (std::size_t block = 0; block < problem_.blocks.size(); ++block) keep(block, constraint.targets, false);
      return;
    }
    Functional functional(problem_);
    functional.add_stages(constraint.targets, 1);
    query_.limits.push_back({std::move(functional), constraint.limit, slack_of(constraint.limit)});
  }

  // Blocks run on no target that cannot run them.
  void keep_off_unable() {
    for (std::size_t target = 0; target < problem_.targets.size(); ++target) {
      const auto& block_ms = problem_.targets[target].block_ms;
      if (std::ranges::find(block_ms, kCannotRun) == block_ms.end()) continue;
      for (std::size_t rank = 0; rank < query_.scenario.size(); ++rank) {
        if (block_ms[query_.scenario.order[rank]] == kCannotRun)
          query_.may_run[rank * problem_.targets.size() + target] = 0;
      }
    }
  }

  void avoid(const std::vector<std::size_t>& targets) {
    for (const std::size_t target : targets) {
      for (std::size_t rank = 0; rank < query_.scenario.size(); ++rank)
        query_.may_run[rank * problem_.targets.size() + target] = 0;
      for (std::size_t link = 0; link < problem_.links.size(); ++link) {
        const bool leads_through =
            (problem_.links[link].from == target && target != 0) || problem_.links[link].to == target;
        if (leads_through) query_.may_use_link[link] = 0;
      }
    }
  }

  // All blocks that read the model's input or a tensor made before `blocks`.
  std::vector<std::size_t> readers_before(const std::vector<std::size_t>& blocks) const {
    std::vector<char> is_before(problem_.blocks.size(), 0);
    std::vector<char> leads(problem_.blocks.size(), 0);
    for (const std::size_t block : blocks) leads[block] = 1;
    std::vector<std::vector<std::size_t>> consumers(problem_.blocks.size());
    for (const auto& tensor : problem_.tensors) {
      if (tensor.producer == kNone) continue;
      auto& all = consumers[tensor.producer];
      all.insert(all.end(), tensor.consumers.begin(), tensor.consumers.end());
    }
    for (std::size_t block = problem_.blocks.size(); block-- > 0;) {
      for (const std::size_t consumer : consumers[block]) {
        if (leads[consumer]) is_before[block] = leads[block] = 1;
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
        for (std::size_t target = 0; target < problem_.targets.size(); ++target) {
          const bool counts = constraint.targets.empty() || contains(constraint.targets, target);
          if (counts) query_.memory_limit[target] = std::min(query_.memory_limit[target], limit);
        }
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
      case Metric::Money:
        functional.add_money(problem_, constraint.targets, 1);
        break;
      case Metric::Error:
        functional.add_error(1);
        limit -= 100 - query_.scenario.accuracy;
        break;
    }
    double slack = slack_of(constraint.limit) + (constraint.metric == Metric::Error ? kErrorSlack : 0);
    if (constraint.is_share) {  // the metric less its share of the latency, in ms
      functional.add_latency(-limit - slack);
      limit = slack = 0;
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

bool Query::has_limits() const {
  return !limits.empty() || has_memory_limits() || period_limit != kUnlimited || objective_limit != kUnlimited;
}

bool Query::is_additive() const {
  return !counts_period() && limits.empty() && needed.empty() && !has_memory_limits();
}

double Query::least_extras(const Functional& functional) const {
  std::vector<double> by_tier(problem->tiers.size(), 0);
  for (std::size_t target = 0; target < target_count(); ++target) {
    double& least = by_tier[problem->targets[target].tier];
    for (const auto& segment : segments.of(target)) least = std::min(least, extra_cost(functional, target, segment));
  }
  return std::accumulate(by_tier.begin(), by_tier.end(), 0.0);
}

void Query::drop_limits() {
  objective_limit = period_limit = kUnlimited;
  limits.clear();
  needed.clear();
  memory_limit.assign(target_count(), kUnlimited);
}

std::vector<std::size_t> links_by_tier(const Query& query) {
  const auto& problem = *query.problem;
  std::vector<std::size_t> links;
  for (std::size_t link = 0; link < problem.links.size(); ++link) {
    if (query.may_use_link[link]) links.push_back(link);
  }
  std::ranges::stable_sort(links, {}, [&](std::size_t link) { return problem.targets[problem.links[link].from].tier; });
  return links;
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
