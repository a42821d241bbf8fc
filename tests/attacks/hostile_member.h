// A member of the fleet, with a valid certificate, that sends an agent what nobody should: spoilt and random messages
// to every method, streams left alone, calls given up. One thread each.
#pragma once

#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "attacks/methods.h"
#include "fuzz/mutator.h"
#include "rpc/credentials.h"
#include "rpc/limits.h"
#include "wire/connection.h"

namespace tandem::attacks {

struct HostileFigures {
  std::size_t calls = 0;
  std::size_t answered = 0;  // the others ended with an error
};

class HostileMember {
 public:
  HostileMember(const std::string& target, const std::string& address, const rpc::Credentials& credentials,
                const std::vector<Method>& methods, std::uint64_t seed);

  void call();
  // Asks for this graph to be loaded, as a part. True if it was.
  bool load(const std::string& graph, base::Milliseconds limit);
  const HostileFigures& figures() const { return figures_; }

 private:
  std::string any_message(std::size_t method);
  bool is_answered(std::size_t method, base::Deadline deadline);
  base::Status use_stream(wire::Stream& stream, std::size_t method, base::Deadline deadline);

  const std::vector<Method>& methods_;
  std::vector<fuzz::Mutator> mutators_;  // of each method
  std::mt19937_64 random_;
  std::discrete_distribution<std::size_t> choice_;
  rpc::Limits limits_;
  std::unique_ptr<wire::Connection> connection_;
  HostileFigures figures_;
};

}  // namespace tandem::attacks
