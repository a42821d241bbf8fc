// Which parts are being loaded or run, noted in memory that a worker shares with its supervisor: after a death the
// supervisor reads there whose work it was. A part at work in two deaths is quarantined. Thread-safe for the worker;
// the supervisor has one thread, and uses it while there is no worker.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"

namespace tandem::agent {

class Journal {
 public:
  Journal();  // throws Error(ResourceExhausted)
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // The worker's. Notes a part while it lives.
  class Note {
   public:
    Note(Journal& journal, const std::string& digest);
    ~Note();
    Note(const Note&) = delete;
    Note& operator=(const Note&) = delete;

   private:
    int* state_;
  };
  void set_ready();
  // Refused where the part is quarantined. Call it before the part is loaded or run.
  base::Status admit(const std::string& digest) const;

  // The supervisor's.
  bool is_ready() const;  // whether the last worker was
  void begin();           // a new worker
  // Counts a death against each part at work. Returns their digests.
  std::vector<std::string> count_death();

  static constexpr int kDeathsToQuarantine = 2;

 private:
  struct Page;

  Page& page_;
  std::map<std::string, int> deaths_;  // by digest; a new worker gets a copy of it, as of all memory
};

}  // namespace tandem::agent
