#include "model/tensor_file.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "model/onnx_contents.h"

namespace tandem::model {

base::NamedTensor read_tensor_file(const std::filesystem::path& path) {
  const base::MappedFile file = base::map_file(path);
  onnx::TensorProto proto;
  if (!proto.ParseFromArray(file.bytes.data(), static_cast<int>(file.bytes.size())) || proto.data_type() == 0)
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{}: not a tensor (expected a TensorProto)", path.string()));
  std::string name = proto.name();
  return {std::move(name), read_tensor(std::move(proto), path.string())};
}

}  // namespace tandem::model
