// Decodes arbitrary bytes as records of both kinds, and reads the last one.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "data/formats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace data_sets = tandem::data;
  const data_sets::NamedBytes file{"fuzz", std::as_bytes(std::span(data, size))};
  for (const auto& kind : {data_sets::kCifar10, data_sets::kCifar100}) {
    try {
      const auto samples = data_sets::decode_cifar({&file, 1}, kind);
      const std::size_t last = samples.labels.size() - 1;
      samples.read({&last, 1});
    } catch (const tandem::base::Error&) {
    }
  }
  return 0;
}
