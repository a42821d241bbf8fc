#include "data/dataset.h"

#include <cassert>

#include "data/formats.h"

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

std::vector<std::string> Dataset::given_class_names() const {
  return class_names == numbered(class_names.size()) ? std::vector<std::string>{} : class_names;
}

ReadOptions options_for(const input::Preprocessing& pictures) {
  ReadOptions options;
  if (pictures.frame_height == 0) return options;
  options.height = pictures.height;
  options.width = pictures.width;
  options.resize = pictures.resize;
  options.crop_fraction = pictures.crop_fraction;
  return options;
}

}  // namespace tandem::data
