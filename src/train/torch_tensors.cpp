#include "train/torch_tensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace tandem::train {

using base::ElementType;
using base::Error;
using base::ErrorKind;

namespace {

struct Pair {
  ElementType element;
  c10::ScalarType scalar;
};
constexpr Pair kPairs[] = {{ElementType::Float32, at::kFloat}, {ElementType::Float64, at::kDouble},
                           {ElementType::Float16, at::kHalf},  {ElementType::BFloat16, at::kBFloat16},
                           {ElementType::Int64, at::kLong},    {ElementType::Int32, at::kInt},
                           {ElementType::Int16, at::kShort},   {ElementType::Int8, at::kChar},
                           {ElementType::UInt8, at::kByte},    {ElementType::Bool, at::kBool}};

ElementType element_type_of(c10::ScalarType scalar) {
  const auto* pair = std::ranges::find(kPairs, scalar, &Pair::scalar);
  if (pair != std::end(kPairs)) return pair->element;
  throw Error(ErrorKind::Unsupported,
              fmt::format("libtorch's element type {} is not supported", c10::toString(scalar)));
}

}  // namespace

c10::ScalarType scalar_type_of(ElementType element) {
  const auto* pair = std::ranges::find(kPairs, element, &Pair::element);
  if (pair != std::end(kPairs)) return pair->scalar;
  throw Error(ErrorKind::Unsupported,
              fmt::format("tensors of {} are not supported in training", base::name_of(element)));
}

at::Tensor to_torch(const base::Tensor& tensor) {
  const auto scalar = scalar_type_of(tensor.element());
  if (tensor.size() == 0) return at::empty(tensor.shape(), scalar);
  const auto keep = [owner = tensor.owner()](void*) {};
  return at::from_blob(const_cast<std::byte*>(tensor.bytes().data()), tensor.shape(), keep, scalar);
}

base::Tensor from_torch(const at::Tensor& tensor) {
  const auto kept = std::make_shared<at::Tensor>(tensor.detach().contiguous());
  const base::TensorType type{element_type_of(kept->scalar_type()), kept->sizes().vec()};
  return base::Tensor::view(type, kept, static_cast<std::byte*>(kept->data_ptr()), kept->nbytes());
}

}  // namespace tandem::train
