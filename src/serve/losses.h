// The machines out of service, and those that were. Private to serve/. Not synchronised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "deploy/turns.h"

namespace tandem::serve {

// A machine out of service, or that was.
struct Loss {
  std::string target;                     // or one of its replicas (fleet/replicas.h)
  std::string reason;                     // in one line
  bool has_lied = false;                  // then it stays out
  std::int64_t lost_at_s = 0;             // Unix time
  std::optional<std::int64_t> back_at_s;  // nothing: not yet
};

class Losses {
 public:
  const std::vector<Loss>& all() const { return losses_; }            // in the order in which they were noticed
  const std::optional<base::Error>& cause() const { return cause_; }  // of the last one
  deploy::Machines out() const;
  bool has_lied(const std::string& machine) const;

  // Whether it was in service until now.
  bool note(const std::string& machine, const base::Error& error, bool has_lied = false);
  void note_back(const std::string& machine);
  // It did not take its parts. Twice, and it is not looked for again.
  void note_failed_deployment(const std::string& machine) { ++failed_to_deploy_[machine]; }
  // The machines that may come back.
  std::vector<std::string> to_look_for() const;
  // The losses that this has not returned yet, but those that are over or were lies.
  std::vector<Loss> take_news();

 private:
  const Loss* current(const std::string& machine) const;
  Loss* current(const std::string& machine);

  std::vector<Loss> losses_;
  std::size_t told_ = 0;
  std::map<std::string, int> failed_to_deploy_;  // how often, by machine
  std::optional<base::Error> cause_;
};

}  // namespace tandem::serve
