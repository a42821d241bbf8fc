// The targets that were lost while something was measured on a fleet: each is named once, and the rest goes on. Used by
// `tandem profile` and `tandem codec tune`. Not synchronised. Private to workspace/.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "profile/measure.h"

namespace tandem::workspace {

class LostTargets {
 public:
  const std::set<std::string>& targets() const { return lost_; }
  bool contains(const std::string& target) const { return lost_.contains(target); }
  const std::optional<base::Error>& first() const { return first_; }

  void add(const std::string& target, const base::Error& error) {
    if (!lost_.insert(target).second) return;
    base::log(base::LogLevel::Error, "'{}' is lost ({}): the others are measured", target, error.message());
    if (!first_) first_ = error;
  }
  profile::OnLoss listener() {
    return [this](const std::string& target, const base::Error& error) { add(target, error); };
  }

 private:
  std::set<std::string> lost_;
  std::optional<base::Error> first_;
};

}  // namespace tandem::workspace
