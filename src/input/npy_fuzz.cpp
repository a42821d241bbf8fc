// Decodes arbitrary bytes, and encodes each valid result.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/error.h"
#include "input/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace input = tandem::input;
  try {
    const auto tensor = input::decode_npy(std::as_bytes(std::span(data, size)), "fuzz");
    const std::string again = input::encode_npy(tensor);
    if (input::decode_npy(std::as_bytes(std::span(again)), "again").type() != tensor.type()) std::abort();
  } catch (const tandem::base::Error&) {
  }
  return 0;
}
