// A position in the bytes of a file, for binary formats: every length is checked against the file. Private to
// plan/import/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "plan/import/import.h"

namespace tandem::plan {

class Bytes {
 public:
  explicit Bytes(const ImportFile& file) : path_(file.path), bytes_(file.content) {}  // the file must outlive this

  // Throw Error(InvalidInput) with the file and the byte where the file ends before.
  std::string_view take(std::size_t count);
  std::string_view line();                       // without its end
  std::uint64_t unsigned_of(std::size_t count);  // little-endian, at most 8 bytes
  std::int64_t signed_of(std::size_t count);     // the same
  double big_endian_double();
  double number_line();

  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string path_;
  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace tandem::plan
