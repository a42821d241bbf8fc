// Fields of a problem in JSON, with their limits: numbers, lists of numbers, and names that other fields refer to.
// Private to plan/problem/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace tandem::plan {

inline constexpr std::size_t kMostExits = 64;
inline constexpr std::size_t kLongestName = 4096;  // bytes

// The member `key`, in [minimum, maximum]; `otherwise` where there is none.
double number_or(const base::JsonView& object, std::string_view key, double otherwise, double minimum, double maximum);

// A list of numbers in [minimum, maximum]. Fast enough for millions: makes no view, and so no place in words, of each.
std::vector<double> read_numbers(const base::JsonView& view, double minimum, double maximum);
// The same of times, where null is kCannotRun.
std::vector<double> read_times(const base::JsonView& view, double maximum);
double read_time(const base::JsonView& view, double maximum);

// The names of all items of one kind, and the index of each. A name is used once.
class Names {
 public:
  explicit Names(const char* kind) : kind_(kind) {}

  // The name in this view, for the next index. Throws Error(InvalidInput) when it is empty or taken.
  std::string add(const base::JsonView& view);
  void add(const std::string& name, const base::JsonView& view);

  bool contains(const std::string& name) const { return indices_.contains(name); }

  // Throws Error(InvalidInput) on an unknown name; lists the known ones where they are few.
  std::size_t index_of(const base::JsonView& view) const;

 private:
  const char* kind_;
  std::string listed_;  // the first names
  std::unordered_map<std::string, std::size_t> indices_;
};

// Calls `read` and adds the place to its errors.
template <class Read>
auto at(const base::JsonView& place, const Read& read) {
  try {
    return read();
  } catch (const base::Error& error) {
    throw error.at(place.where());
  }
}

}  // namespace tandem::plan
