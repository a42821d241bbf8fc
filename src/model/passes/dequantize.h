// A part whose inputs are 8-bit codes of the float32 tensors that its graph reads. A plain ONNX server can host such a
// stage behind a link without Tandem at its end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/part.h"

namespace tandem::model {

// A value is (code − zero) × scale: ONNX's DequantizeLinear.
struct Quantization {
  std::string input;  // of the part
  float scale = 1;
  std::uint8_t zero = 0;
  bool operator==(const Quantization&) const = default;
};

// The same part, but these of its inputs are uint8, of the same shape, called as before with kQuantizedSuffix behind;
// the graph begins with a DequantizeLinear for each, and the metadata no longer says how to make them of pictures.
// Throws Error(NotFound) when the part has no such input, Error(Unsupported) when it is not float32 or the part's
// operators are of a set before 10, and Error(InvalidInput) for a scale that is no positive number.
Part with_quantized_inputs(const Part& part, const std::vector<Quantization>& quantizations);
inline constexpr const char* kQuantizedSuffix = "_uint8";

// Of "int8 scale=0.05 zero=3", as plans name that codec. Throws Error(InvalidInput) on anything else.
Quantization parse_quantization(const std::string& input, std::string_view codec);

}  // namespace tandem::model
