#include "rpc/targets.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/clock.h"
#include "fleet/replicas.h"

namespace tandem::rpc {
namespace {

constexpr base::Milliseconds kHealthLimit{1'000};

}  // namespace

Targets::Targets(fleet::Fleet fleet, std::vector<std::unique_ptr<Access>> accesses) : fleet_(std::move(fleet)) {
  auto access = accesses.begin();
  for (const auto& target : fleet_.targets) {
    const auto names = fleet::machines_of(target);
    for (const auto& name : names) {
      assert(access != accesses.end());
      machines_[name] = {std::move(*access++), target.name, {name}, target.address == fleet::kHere};
    }
    if (names.size() > 1) replicas_[target.name] = names;
  }
  assert(access == accesses.end());
}

const Targets::Machine& Targets::machine(const std::string& name) const {
  const auto found = machines_.find(name);
  if (found != machines_.end()) return found->second;
  (void)fleet_.index_of(name);  // throws where it is unknown, too
  return machines_.at(replicas_.at(name).front());
}

Access& Targets::at(const std::string& name) const {
  return *machine(machine_for(name)).access;
}

bool Targets::is_here(const std::string& name) const {
  return machine(machines_of(name).front()).is_here;
}

const std::vector<std::string>& Targets::machines_of(const std::string& name) const {
  const auto found = replicas_.find(name);
  return found != replicas_.end() ? found->second : machine(name).itself;
}

const std::string& Targets::target_of(const std::string& name) const {
  return machine(name).target;
}

const std::string& Targets::machine_for(const std::string& name) const {
  const auto& all = machines_of(name);
  if (all.size() == 1) return all.front();
  const std::lock_guard lock(choosing_);
  const std::string*& chosen = chosen_[name];
  if (chosen == nullptr) chosen = &first_that_answers(all);
  return *chosen;
}

const std::string& Targets::first_that_answers(const std::vector<std::string>& replicas) const {
  const auto answers = [&](const std::string& name) {
    return machine(name).access->check_health(base::Deadline::after(kHealthLimit)).ok();
  };
  const auto found = std::ranges::find_if(replicas, answers);
  return found == replicas.end() ? replicas.front() : *found;
}

}  // namespace tandem::rpc
