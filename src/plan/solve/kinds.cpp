#include "plan/solve/kinds.h"

#include <algorithm>

namespace tandem::plan {
namespace {

// The lists of the problem that name each target or link, by the lists' numbers.
using Marks = std::vector<std::vector<std::size_t>>;

void mark(Marks& marks, std::size_t list, const std::vector<std::size_t>& named) {
  for (const std::size_t each : named) marks[each].push_back(list);
}

class Twins {
 public:
  explicit Twins(const Problem& problem)
      : problem_(problem), of_target_(problem.targets.size()), of_link_(problem.links.size()) {
    mark(of_link_, 0, problem.objective.links);
    for (std::size_t i = 0; i < problem.constraints.size(); ++i) {
      mark(of_target_, i + 1, problem.constraints[i].targets);
      mark(of_link_, i + 1, problem.constraints[i].links);
    }
  }

  bool are(std::size_t a, std::size_t b) const {
    return a != 0 && b != 0 && of_target_[a] == of_target_[b] && nameless(a) == nameless(b) &&
           have_equal_codecs(a, b) && ways(a, b) == ways(b, a);
  }

 private:
  Target nameless(std::size_t target) const {
    Target copy = problem_.targets[target];
    copy.name.clear();
    copy.kind.clear();
    return copy;
  }

  bool have_equal_codecs(std::size_t a, std::size_t b) const {
    const auto are_equal = [&](const std::vector<double>& times) { return times.empty() || times[a] == times[b]; };
    return std::ranges::all_of(problem_.tensors, [&](const Tensor& tensor) {
      return std::ranges::all_of(tensor.encodings, [&](const Encoding& each) {
        return are_equal(each.encode_ms) && are_equal(each.decode_ms);
      });
    });
  }

  // A link from or to a target, as the problem would have it for its twin.
  struct Way {
    bool leads_away = false;
    std::size_t other = 0;  // kNone: the twin
    Link link;              // without its ends
    std::vector<std::size_t> marks;
    bool operator==(const Way&) const = default;
  };

  std::vector<Way> ways(std::size_t target, std::size_t twin) const {
    std::vector<Way> ways;
    for (std::size_t i = 0; i < problem_.links.size(); ++i) {
      const Link& link = problem_.links[i];
      if (link.from != target && link.to != target) continue;
      const std::size_t other = link.from == target ? link.to : link.from;
      ways.push_back({link.from == target, other == twin ? kNone : other, link, of_link_[i]});
      ways.back().link.from = ways.back().link.to = 0;
    }
    std::ranges::sort(ways, {}, [](const Way& way) { return std::pair(way.leads_away, way.other); });
    return ways;
  }

  const Problem& problem_;
  Marks of_target_, of_link_;
};

}  // namespace

std::vector<std::vector<std::size_t>> kinds_of(const Problem& problem, const std::vector<std::size_t>& targets) {
  const Twins twins(problem);
  std::vector<std::vector<std::size_t>> kinds;
  for (const std::size_t target : targets) {
    const auto kind = std::ranges::find_if(kinds, [&](const auto& each) { return twins.are(each.front(), target); });
    if (kind == kinds.end()) {
      kinds.push_back({target});
    } else {
      kind->push_back(target);
    }
  }
  return kinds;
}

}  // namespace tandem::plan
