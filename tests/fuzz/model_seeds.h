// Small valid ONNX files with most of what the reader looks at.
#pragma once

#include <string>
#include <vector>

namespace tandem::fuzz {

std::vector<std::string> model_seeds();

}  // namespace tandem::fuzz
