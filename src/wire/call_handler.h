// Handles the messages of one call at a server. A service implements it; a Server opens one for each call. Used by one
// thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "wire/roles.h"
#include "wire/segments.h"

namespace tandem::wire {

// What ends a call without its answer: its deadline, where the client sets one, or the client, who no longer waits.
struct CallTerms {
  base::Deadline deadline = base::Deadline::never();
  std::stop_token cancelled;
  std::string client;          // by its certificate, or else its address
  Roles roles = Roles::all();  // of its certificate; without TLS, and in this process, all
};

class CallHandler {
 public:
  virtual ~CallHandler() = default;
  // The answer to a message, or none if it needs none. Throws Error to end the call with its status.
  virtual std::optional<Segments> take(Segments message) = 0;
  // The client has sent its last message. Throws likewise.
  virtual void finish() {}
  // One message, one answer, and the call is over.
  virtual bool is_unary() const { return false; }
  // Answered at once, whatever else is under way: its calls do not share places with others.
  virtual bool is_vital() const { return false; }
  // Holds memory for a request of which more has to come.
  virtual bool is_midway() const { return false; }
  // Of the next message: how long it may take follows from it.
  virtual std::size_t most_message_bytes(std::size_t limit) const { return limit; }
};

// The handler of a call of this method ("/package.Service/Method"), or null where there is no such method. Called from
// many threads at once. An Error that it throws ends the call.
using CallOpener = std::function<std::unique_ptr<CallHandler>(const std::string& method, const CallTerms& terms)>;

// The error that stands for the exception being handled; for use in a catch block.
base::Error current_error();

}  // namespace tandem::wire
