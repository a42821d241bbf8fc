// Work on several targets that goes on without those that are lost at it. Used by profile and tune. Not synchronised.
#pragma once

#include <set>
#include <string>

#include "base/error.h"
#include "profile/measure.h"

namespace tandem::profile {

class Losses {
 public:
  // `on_loss` must outlive it.
  explicit Losses(const OnLoss& on_loss) : on_loss_(on_loss) {}

  bool contain(const std::string& target) const { return lost_.contains(target); }

  // Does the work, unless the target is lost already. Whether it went through.
  template <class Work>
  bool go_on(const std::string& target, const Work& work) {
    if (contain(target)) return false;
    try {
      work();
      return true;
    } catch (const base::Error& error) {
      if (!on_loss_ || !base::is_loss(error.kind())) throw;
      lost_.insert(target);
      on_loss_(target, error);
      return false;
    }
  }

 private:
  const OnLoss& on_loss_;
  std::set<std::string> lost_;
};

}  // namespace tandem::profile
