// Loads spoilt models with ONNX Runtime and runs what it takes, whole and split in the middle.
#include <algorithm>

#include "base/error.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "fuzz/fuzz.h"
#include "fuzz/model_seeds.h"

namespace {

constexpr std::size_t kLargestTensorBytes = 1 << 20;

// A spoilt shape may be valid and large: what it would compute is not what is looked for here.
bool is_small(const tandem::model::Model& model) {
  return std::ranges::all_of(model.graph().tensors,
                             [](const auto& tensor) { return tensor.size_bytes <= kLargestTensorBytes; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  static const auto engine = engine::onnx_runtime({.threads = 1});
  try {
    auto source = model::Source::from_bytes(std::string(reinterpret_cast<const char*>(data), size), "fuzz.onnx");
    if (!is_small(model::Model(source, {}))) return 0;
    const model::Model model = engine::complete(std::move(source), *engine);
    if (!is_small(model) || model.cuts().empty()) return 0;
    engine::SplitVerifier verifier(model, *engine);
    (void)verifier.difference_at(model.cuts()[model.cuts().size() / 2].position);
  } catch (const base::Error&) {
  }
  return 0;
}

std::vector<std::string> tandem::fuzz::seeds() {
  return model_seeds();
}
