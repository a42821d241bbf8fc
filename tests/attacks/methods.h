// The agent's methods, each with valid messages to be spoilt. For hostile_member.cpp.
#pragma once

#include <string>
#include <vector>

#include "model/part.h"
#include "rpc/messages.h"

namespace tandem::attacks {

struct Method {
  enum class Kind { Unary, Exchange, Series };
  std::string path;
  Kind kind;
  int share;  // of all calls
  std::vector<std::string> messages;
};

// `part` is loaded by the target, as `offer` says.
std::vector<Method> methods_of(const std::string& target, const model::Part& part, const rpc::PartOffer& offer);

}  // namespace tandem::attacks
