#include "plan/ask/envelope.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "plan/ask/variant.h"
#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

double rounding_of(double cost) {
  return kIndistinct * std::abs(cost);
}

class Envelope {
 public:
  Envelope(const Problem& problem, const std::vector<std::size_t>& links, const Range& range,
           const SolveOptions& options)
      : scale_(problem, links), range_(range), options_(options) {}

  std::vector<Piece> find() && {
    auto first = lowest_at(range_.from);
    if (!first) return {};
    auto last = range_.from == range_.to ? first : lowest_at(range_.to);
    if (last) refine(range_, *first, *last);
    return std::move(pieces_);
  }

 private:
  std::optional<Line> lowest_at(double x) const {
    auto plan = best_plan(scale_.at(1 / x), options_);
    if (!plan) return std::nullopt;
    return line_of(std::move(plan->decision));
  }

  Line line_of(Decision decision) const {
    const double at_from = price(scale_.at(1 / range_.from), decision).cost;
    const double at_to = price(scale_.at(1 / range_.to), decision).cost;
    const double slope = range_.from == range_.to ? 0 : (at_to - at_from) / (range_.to - range_.from);
    return {std::move(decision), at_from - slope * range_.from, slope};
  }

  // `first` is the lowest at the start of the range, `last` at its end.
  void refine(const Range& range, const Line& first, const Line& last) {
    if (first.at(range.to) <= last.at(range.to) + rounding_of(last.at(range.to))) return add(range, first);
    if (last.at(range.from) <= first.at(range.from) + rounding_of(first.at(range.from))) return add(range, last);
    const double meeting = std::clamp((last.fixed - first.fixed) / (first.slope - last.slope), range.from, range.to);
    const auto below = lowest_at(meeting);
    const double known = std::min(first.at(meeting), last.at(meeting));
    if (!below || below->at(meeting) >= known - rounding_of(known)) {
      add({range.from, meeting}, first);
      add({meeting, range.to}, last);
    } else {
      refine({range.from, meeting}, first, *below);
      refine({meeting, range.to}, *below, last);
    }
  }

  void add(const Range& range, const Line& line) {
    if (!pieces_.empty() && pieces_.back().line.decision == line.decision) {
      pieces_.back().range.to = range.to;
    } else {
      pieces_.push_back({range, line});
    }
  }

  const Scale scale_;
  const Range range_;
  const SolveOptions& options_;
  std::vector<Piece> pieces_;
};

}  // namespace

Scale::Scale(const Problem& problem, const std::vector<std::size_t>& links) : problem_(problem), links_(links) {
  if (!links_.empty()) return;
  for (std::size_t link = 0; link < problem.links.size(); ++link) links_.push_back(link);
}

Problem Scale::at(double bandwidth_mbps) const {
  Problem scaled = problem_;
  const double factor = bandwidth_mbps / problem_.links[links_[0]].upload_mbps;
  for (const std::size_t link : std::set(links_.begin(), links_.end())) {
    scaled.links[link].upload_mbps *= factor;
    scaled.links[link].download_mbps *= factor;
  }
  return scaled;
}

std::vector<Piece> lower_envelope(const Problem& problem, const std::vector<std::size_t>& links, const Range& range,
                                  const SolveOptions& options) {
  return Envelope(problem, links, range, options).find();
}

}  // namespace tandem::plan
