#include "data/dataset.h"

#include <cassert>

namespace tandem::data {

base::Shape Part::sample_shape() const {
  assert(!samples.shape().empty());
  return {samples.shape().begin() + 1, samples.shape().end()};
}

const char* name_of(Role role) {
  switch (role) {
    case Role::Train:
      return "train";
    case Role::Calibration:
      return "calibration";
    case Role::Test:
      return "test";
  }
  return "test";
}

const Part& part_of(const Dataset& dataset, Role role) {
  switch (role) {
    case Role::Train:
      return dataset.train;
    case Role::Calibration:
      return dataset.calibration;
    case Role::Test:
      return dataset.test;
  }
  return dataset.test;
}

ReadOptions options_for(const base::Shape& input) {
  ReadOptions options;
  if (input.size() != 4) return options;
  options.height = input[2];
  options.width = input[3];
  return options;
}

}  // namespace tandem::data
