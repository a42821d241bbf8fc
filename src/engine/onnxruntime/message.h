// Failures of ONNX Runtime, in our words. Private to engine/onnxruntime/. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem::engine {

// The engine's text on one line of at most 400 bytes, without what only its developers can read: paths, functions,
// templates, conditions of its code, names that are empty.
std::string reason_in(std::string_view text);

// A graph that the engine did not load. Unsupported where it lacks a version, an operator or a domain, else
// InvalidInput. `engine`: "ONNX Runtime 1.30.0".
base::Error refusal_of(std::string_view text, const std::string& engine);

}  // namespace tandem::engine
