// CIFAR's binary files for src/data/cifar_fuzz.cpp.
#include "data/test_files.h"
#include "fuzz/fuzz.h"

std::vector<std::string> tandem::fuzz::seeds() {
  using tandem::data::test::cifar_record;
  return {cifar_record("\1", 7), cifar_record("\1", 7) + cifar_record("\2", 8), cifar_record("\1\x63", 7)};
}
