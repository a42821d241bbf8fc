// IDX files for src/data/idx_fuzz.cpp. A stored block (level 0) lets a changed header through to the reader.
#include "data/test_files.h"
#include "fuzz/fuzz.h"

std::vector<std::string> tandem::fuzz::seeds() {
  using namespace tandem::data::test;
  const std::string images = idx_images(4);
  const std::string labels = idx_labels("\1\2\3");
  return {images, labels, gzip(images), gzip(images, 0), gzip(labels, 0)};
}
