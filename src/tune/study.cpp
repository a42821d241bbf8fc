#include "tune/study.h"

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::tune {

data::Adapter adapter_of(const Study& study) {
  const auto inputs = study.model.whole().inputs;
  if (inputs.size() != 1) {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{}: {} inputs, expected one: a data set has one tensor a sample", study.model.name(),
                                  inputs.size()));
  }
  const data::Part& samples = study.dataset.test;
  return {samples.sample_shape(), samples.samples.element(), inputs[0].type, study.pictures};
}

}  // namespace tandem::tune
