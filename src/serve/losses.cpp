#include "serve/losses.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/unix_time.h"

namespace tandem::serve {
namespace {

constexpr int kDeployments = 2;  // that may fail at a machine

}  // namespace

deploy::Machines Losses::out() const {
  deploy::Machines out;
  for (const auto& loss : losses_) {
    if (!loss.back_at_s) out.insert(loss.target);
  }
  return out;
}

const Loss* Losses::current(const std::string& machine) const {
  const auto found =
      std::ranges::find_if(losses_, [&](const Loss& loss) { return loss.target == machine && !loss.back_at_s; });
  return found == losses_.end() ? nullptr : &*found;
}

Loss* Losses::current(const std::string& machine) {
  return const_cast<Loss*>(std::as_const(*this).current(machine));
}

bool Losses::has_lied(const std::string& machine) const {
  const Loss* const loss = current(machine);
  return loss != nullptr && loss->has_lied;
}

bool Losses::note(const std::string& machine, const base::Error& error, bool has_lied) {
  if (Loss* const known = current(machine)) {
    known->has_lied |= has_lied;
    return false;
  }
  losses_.push_back({machine, error.message(), has_lied, base::unix_time_s(), {}});
  cause_ = error;
  return true;
}

void Losses::note_back(const std::string& machine) {
  if (Loss* const loss = current(machine)) loss->back_at_s = base::unix_time_s();
}

std::vector<std::string> Losses::to_look_for() const {
  std::vector<std::string> machines;
  for (const auto& loss : losses_) {
    const auto failed = failed_to_deploy_.find(loss.target);
    const bool is_given_up = failed != failed_to_deploy_.end() && failed->second >= kDeployments;
    if (!loss.back_at_s && !loss.has_lied && !is_given_up) machines.push_back(loss.target);
  }
  return machines;
}

std::vector<Loss> Losses::take_news() {
  std::vector<Loss> news;
  std::copy_if(losses_.begin() + static_cast<std::ptrdiff_t>(told_), losses_.end(), std::back_inserter(news),
               [](const Loss& loss) { return !loss.has_lied && !loss.back_at_s; });
  told_ = losses_.size();
  return news;
}

}  // namespace tandem::serve
