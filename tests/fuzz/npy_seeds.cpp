// Arrays for src/input/npy_fuzz.cpp.
#include <algorithm>

#include "base/tensor.h"
#include "fuzz/fuzz.h"
#include "input/npy.h"

std::vector<std::string> tandem::fuzz::seeds() {
  std::vector<std::string> files;
  for (const auto element : {base::ElementType::Float32, base::ElementType::Int64, base::ElementType::Bool}) {
    auto tensor = base::Tensor::allocate({element, {2, 3}});
    std::ranges::fill(tensor.mutable_bytes(), std::byte{1});
    files.push_back(input::encode_npy(tensor));
  }
  std::string fortran = files[0];
  fortran.replace(fortran.find("False"), 5, "True ");
  files.push_back(fortran);
  return files;
}
