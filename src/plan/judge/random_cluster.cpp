#include "plan/judge/random_cluster.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "plan/judge/brute_force.h"
#include "plan/judge/random_problem.h"

namespace tandem::plan {
namespace {

class Maker {
 public:
  Maker(std::mt19937& random, Problem& problem) : random_(random), problem_(problem) {}

  void run() {
    const std::size_t copies = below(3);
    for (std::size_t i = 0; i < copies && problem_.targets.size() > 1; ++i)
      add_copy(1 + below(problem_.targets.size() - 1));
    link_within_tiers();
    if (chance(0.5)) add_limit();
  }

 private:
  std::size_t below(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }
  bool chance(double probability) { return std::uniform_real_distribution<double>(0, 1)(random_) < probability; }

  // With the links of the original; nearly always in the lists that name it.
  void add_copy(std::size_t original) {
    const std::size_t copy = problem_.targets.size();
    problem_.targets.push_back(problem_.targets[original]);
    problem_.targets.back().name += "-copy" + std::to_string(copy);
    for (Tensor& tensor : problem_.tensors) {
      for (Encoding& each : tensor.encodings) {
        if (!each.encode_ms.empty()) each.encode_ms.push_back(each.encode_ms[original]);
        if (!each.decode_ms.empty()) each.decode_ms.push_back(each.decode_ms[original]);
      }
    }
    const bool is_named = chance(0.9);
    for (Constraint& constraint : problem_.constraints) {
      if (is_named && std::ranges::find(constraint.targets, original) != constraint.targets.end())
        constraint.targets.push_back(copy);
    }
    for (std::size_t link = 0, count = problem_.links.size(); link < count; ++link)
      copy_link(link, original, copy, is_named);
  }

  void copy_link(std::size_t link, std::size_t original, std::size_t copy, bool is_named) {
    Link made = problem_.links[link];
    if (made.from != original && made.to != original) return;
    (made.from == original ? made.from : made.to) = copy;
    if (is_named) name_too(problem_.objective.links, link);
    for (Constraint& constraint : problem_.constraints) {
      if (is_named) name_too(constraint.links, link);
    }
    problem_.links.push_back(made);
  }

  // The link that is about to be added, where a list names the link.
  void name_too(std::vector<std::size_t>& list, std::size_t link) const {
    if (std::ranges::find(list, link) != list.end()) list.push_back(problem_.links.size());
  }

  // In a tier all links are alike, or each has its own times.
  void link_within_tiers() {
    for (std::size_t tier = 0; tier < problem_.tiers.size(); ++tier) {
      if (chance(0.3)) continue;
      const bool are_alike = chance(0.6);
      const double missing = are_alike ? 0 : 0.4;
      const Link usual = any_link();
      for (std::size_t from = 0; from < problem_.targets.size(); ++from) {
        for (std::size_t to = 0; to < problem_.targets.size(); ++to) {
          const bool are_there = problem_.targets[from].tier == tier && problem_.targets[to].tier == tier && from != to;
          if (!are_there || chance(missing)) continue;
          Link link = are_alike ? usual : any_link();
          link.from = from;
          link.to = to;
          problem_.links.push_back(link);
        }
      }
    }
  }

  Link any_link() {
    const auto real = [&](double low, double high) {
      return std::uniform_real_distribution<double>(low, high)(random_);
    };
    return {0, 0, real(0, 10), real(1, 500), real(1, 500)};
  }

  void add_limit() {
    Constraint constraint;
    constraint.kind = ConstraintKind::UsesFew;
    constraint.text = "few";
    for (std::size_t target = 0; target < problem_.targets.size(); ++target) {
      if (chance(0.7)) constraint.targets.push_back(target);
    }
    if (constraint.targets.empty()) return;
    constraint.limit = static_cast<double>(below(3));
    problem_.constraints.push_back(std::move(constraint));
  }

  std::mt19937& random_;
  Problem& problem_;
};

}  // namespace

Problem random_cluster(std::mt19937& random, std::size_t most_decisions) {
  while (true) {
    Problem problem = random_problem(random, most_decisions / 4);
    Maker(random, problem).run();
    if (every_decision(problem, most_decisions).size() < most_decisions) return problem;
  }
}

}  // namespace tandem::plan
