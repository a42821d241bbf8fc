// Decodes arbitrary bytes. Small limits, so that a fuzzer is not slowed down by large valid pictures.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "input/image.h"
#include "input/preprocess.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace input = tandem::input;
  try {
    const auto image =
        input::decode_image(std::as_bytes(std::span(data, size)), "fuzz", {.file_bytes = size, .pixels = 1 << 20});
    input::preprocess(image, {.width = 8, .height = 8});
  } catch (const tandem::base::Error&) {
  }
  return 0;
}
