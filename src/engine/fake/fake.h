// An engine for tests that computes nothing: each output is filled with one number derived from the inputs, and a run
// takes no time. Types must be known in the part.
#pragma once

#include <functional>
#include <memory>

#include "engine/engine.h"

namespace tandem::engine {

// Called before each run of a fake session; may block or throw.
using FakeRun = std::function<void(const model::Part&)>;
// The same, for runs that heed requests to stop.
using FakeStoppableRun = std::function<void(const model::Part&, const std::stop_token&)>;

std::unique_ptr<Engine> fake_engine(FakeStoppableRun before_run);
std::unique_ptr<Engine> fake_engine(FakeRun before_run = {});

}  // namespace tandem::engine
