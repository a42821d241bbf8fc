// What this machine is.
#pragma once

#include "engine/engine.h"
#include "rpc/messages.h"

namespace tandem::runtime {

rpc::TargetDescription describe_machine(const std::string& name, const engine::Engine& engine, double slowdown);

// Physical memory that this process uses now.
std::int64_t resident_bytes();

}  // namespace tandem::runtime
