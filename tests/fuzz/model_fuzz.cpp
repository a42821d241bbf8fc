// Reads, cuts and splits spoilt models, as far as that goes without an engine.
#include "base/error.h"
#include "fuzz/fuzz.h"
#include "fuzz/model_seeds.h"
#include "model/model.h"
#include "model/program.h"

namespace {

// Not every model is one: what is refused here may still be cut.
void read_as_program(const tandem::model::Source& source) try {
  (void)tandem::model::read_program(source);
} catch (const tandem::base::Error&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  try {
    const auto source = model::Source::from_bytes(std::string(reinterpret_cast<const char*>(data), size), "fuzz.onnx");
    model::check_part(source.with_all_tensors_as_outputs());
    read_as_program(source);
    const model::Model model(source, {});
    const std::size_t layers = model.graph().layers.size();
    for (std::size_t position = 1; position < layers; ++position) {
      (void)model.extract(0, position);
      (void)model.extract(position, layers);
    }
    (void)model.digest();
    (void)model.exits();
  } catch (const base::Error&) {
  }
  return 0;
}

std::vector<std::string> tandem::fuzz::seeds() {
  return model_seeds();
}
