#include "plan/problem/json_fields.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

#include "plan/problem/problem.h"

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

namespace {

// Calls `read` with each item of a list; for an item that it refuses, `complain` with a view of that item.
template <class Read, class Complain>
std::vector<double> read_list(const base::JsonView& view, const Read& read, const Complain& complain) {
  if (!view.json().is_array()) view.fail("a list");
  std::vector<double> numbers;
  numbers.reserve(view.json().size());
  for (const auto& json : view.json()) {
    double number = 0;
    if (!read(json, number)) complain(base::JsonView(json, fmt::format("{}[{}]", view.where(), numbers.size())));
    numbers.push_back(number);
  }
  return numbers;
}

bool is_number_in(const base::Json& json, double minimum, double maximum, double& number) {
  number = json.is_number() ? json.get<double>() : std::nan("");
  return number >= minimum && number <= maximum;
}

}  // namespace

std::vector<double> read_numbers(const base::JsonView& view, double minimum, double maximum) {
  const auto read = [&](const base::Json& json, double& number) {
    return is_number_in(json, minimum, maximum, number);
  };
  return read_list(view, read, [&](const base::JsonView& item) { (void)item.number(minimum, maximum); });
}

std::vector<double> read_times(const base::JsonView& view, double maximum) {
  const auto read = [&](const base::Json& json, double& time) {
    if (!json.is_null()) return is_number_in(json, 0, maximum, time);
    time = kCannotRun;
    return true;
  };
  return read_list(view, read, [&](const base::JsonView& item) { (void)item.number(0, maximum); });
}

double read_time(const base::JsonView& view, double maximum) {
  return view.json().is_null() ? kCannotRun : view.number(0, maximum);
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
