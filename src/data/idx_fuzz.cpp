// Decodes arbitrary bytes as pictures and as labels.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "data/formats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const std::size_t rank : {1, 3}) {
    try {
      tandem::data::decode_idx(std::as_bytes(std::span(data, size)), rank, "fuzz");
    } catch (const tandem::base::Error&) {
    }
  }
  return 0;
}
