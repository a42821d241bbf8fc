#include "input/input.h"

#include <span>
#include <string>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "input/image.h"
#include "input/npy.h"

namespace tandem::input {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30;

}  // namespace

base::Tensor read_input(const std::filesystem::path& path, const std::function<Preprocessing()>& preprocessing) {
  const std::string content = base::read_file(path, kMaxFileBytes);
  const auto bytes = std::as_bytes(std::span(content));
  if (is_npy(bytes)) return decode_npy(bytes, path.string());
  if (is_jpeg(bytes) || is_png(bytes)) {
    const Preprocessing wish = preprocessing();
    return preprocess(decode_image(bytes, path.string()), wish);
  }
  throw base::Error(
      base::ErrorKind::InvalidInput,
      fmt::format("{}: expected a JPEG, PNG or .npy file, its content is of another format", path.string()));
}

}  // namespace tandem::input
