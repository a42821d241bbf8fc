#include "plan/problem/json_fields.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace tandem::plan {
namespace {

constexpr std::size_t kMostNamesListed = 12;

std::string with_article(const std::string& noun) {
  const bool begins_with_vowel = std::string_view("aeiou").find(noun[0]) != std::string_view::npos;
  return (begins_with_vowel ? "an " : "a ") + noun;
}

}  // namespace

double number_or(const base::JsonView& object, std::string_view key, double otherwise, double minimum, double maximum) {
  const auto view = object.find(key);
  return view ? view->number(minimum, maximum) : otherwise;
}

std::vector<double> read_numbers(const base::JsonView& view, double minimum, double maximum) {
  if (!view.json().is_array()) view.fail("a list");
  std::vector<double> numbers;
  numbers.reserve(view.json().size());
  for (const auto& json : view.json()) {
    const double number = json.is_number() ? json.get<double>() : std::nan("");
    if (!(number >= minimum && number <= maximum)) {
      (void)base::JsonView(json, fmt::format("{}[{}]", view.where(), numbers.size())).number(minimum, maximum);
    }
    numbers.push_back(number);
  }
  return numbers;
}

std::string Names::add(const base::JsonView& view) {
  const std::string name = view.string(kLongestName);
  if (name.empty()) view.fail("a name");
  add(name, view);
  return name;
}

void Names::add(const std::string& name, const base::JsonView& view) {
  if (!indices_.emplace(name, indices_.size()).second) view.fail(fmt::format("a name that no other {} has", kind_));
  if (indices_.size() <= kMostNamesListed) listed_ += (listed_.empty() ? "" : ", ") + name;
}

std::size_t Names::index_of(const base::JsonView& view) const {
  const auto found = indices_.find(view.string(kLongestName));
  if (found != indices_.end()) return found->second;
  const bool is_short = indices_.size() <= kMostNamesListed && listed_.size() <= 200;
  const std::string expected = "the name of " + with_article(kind_);
  view.fail(is_short ? fmt::format("{} ({})", expected, listed_) : expected);
}

}  // namespace tandem::plan
