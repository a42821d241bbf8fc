#include "input/npy.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"

namespace tandem::input {
namespace {

using base::ElementType;
using base::ErrorKind;

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeaderBytes = 10'000;  // NumPy's own limit
constexpr std::size_t kMaxRank = 32;             // likewise
constexpr std::size_t kAlignment = 64;

struct TypeCode {
  std::string_view code;
  ElementType type;
};
constexpr TypeCode kTypeCodes[] = {
    {"b1", ElementType::Bool},    {"i1", ElementType::Int8},    {"i2", ElementType::Int16},
    {"i4", ElementType::Int32},   {"i8", ElementType::Int64},   {"u1", ElementType::UInt8},
    {"u2", ElementType::UInt16},  {"u4", ElementType::UInt32},  {"u8", ElementType::UInt64},
    {"f2", ElementType::Float16}, {"f4", ElementType::Float32}, {"f8", ElementType::Float64},
};

struct Header {
  std::optional<std::string_view> type;
  std::optional<bool> is_fortran;
  std::optional<base::Shape> shape;
};

// Reads the header, a Python dictionary literal, and nothing else that Python would evaluate.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  Header parse() {
    Header header;
    expect('{');
    while (!take('}')) {
      const std::string_view key = quoted();
      expect(':');
      read_value(key, header);
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!text_.empty()) fail("the end of the header");
    if (!header.type || !header.is_fortran || !header.shape) fail("'descr', 'fortran_order' and 'shape'");
    return header;
  }

 private:
  [[noreturn]] void fail(std::string_view expected) const {
    throw base::Error(ErrorKind::InvalidInput, fmt::format("{}: not a valid .npy header: expected {} at '{}'", source_,
                                                           expected, printable(text_.substr(0, 40))));
  }

  static std::string printable(std::string_view text) {
    std::string result(text);
    std::ranges::replace_if(
        result, [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
    return result;
  }

  void skip_space() { text_.remove_prefix(std::min(text_.size(), text_.find_first_not_of(" \t\r\n"))); }

  bool take(char wanted) {
    skip_space();
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) {
    if (!take(wanted)) fail(std::string_view(&wanted, 1));
  }

  std::string_view quoted() {
    const char quote = take('\'') ? '\'' : '"';
    if (quote == '"' && !take('"')) {
      if (take('[')) throw base::Error(ErrorKind::Unsupported, fmt::format("{}: a structured .npy array", source_));
      fail("a quoted word");
    }
    const std::string_view word = text_.substr(0, text_.find(quote));
    text_.remove_prefix(word.size());
    expect(quote);
    return word;
  }

  bool boolean() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return word == "True";
    }
    fail("True or False");
  }

  std::int64_t dimension() {
    skip_space();
    std::int64_t value = -1;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) fail("a dimension");
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }

  base::Shape shape() {
    base::Shape shape;
    expect('(');
    while (!take(')')) {
      shape.push_back(dimension());
      if (shape.size() > kMaxRank) fail(fmt::format("at most {} dimensions", kMaxRank));
      if (take(',')) continue;
      // "(3)" is a number in Python, not a shape.
      if (shape.size() == 1) fail("','");
      expect(')');
      break;
    }
    return shape;
  }

  void read_value(std::string_view key, Header& header) {
    if (key == "descr" && !header.type) {
      header.type = quoted();
    } else if (key == "fortran_order" && !header.is_fortran) {
      header.is_fortran = boolean();
    } else if (key == "shape" && !header.shape) {
      header.shape = shape();
    } else {
      fail("'descr', 'fortran_order' and 'shape' once each");
    }
  }

  std::string_view text_;
  const std::string& source_;
};

ElementType element_type(std::string_view code, const std::string& source) {
  const std::string_view order = code.substr(0, 1);
  const bool is_native = order == "<" || order == "=" || order == "|";
  for (const TypeCode& known : kTypeCodes) {
    if (code.substr(std::min<std::size_t>(1, code.size())) != known.code) continue;
    if (is_native || base::element_size(known.type) == 1) return known.type;
  }
  throw base::Error(ErrorKind::Unsupported,
                    fmt::format("{}: .npy element type '{}', expected '<' or '|' and one of b1 i1 i2 i4 i8 u1 u2 u4 u8 "
                                "f2 f4 f8",
                                source, code.substr(0, 20)));
}

[[noreturn]] void refuse(const std::string& source, std::string_view reason) {
  throw base::Error(ErrorKind::InvalidInput, fmt::format("{}: not a valid .npy file: {}", source, reason));
}

// The header's text, cut off from `bytes`.
std::string_view take_header(std::span<const std::byte>& bytes, const std::string& source) {
  if (!is_npy(bytes)) refuse(source, "it does not begin with \\x93NUMPY");
  constexpr std::size_t kVersionAt = kMagic.size();
  constexpr std::size_t kLengthAt = kVersionAt + 2;
  if (bytes.size() < kLengthAt + 4) refuse(source, "it ends in its header");
  const auto major = static_cast<int>(bytes[kVersionAt]);
  if (major < 1 || major > 3) refuse(source, fmt::format("version {}, expected 1 to 3", major));
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= static_cast<std::size_t>(bytes[kLengthAt + i]) << (8 * i);
  if (length > kMaxHeaderBytes) {
    refuse(source, fmt::format("a header of {} bytes, expected at most {}", length, kMaxHeaderBytes));
  }
  bytes = bytes.subspan(kLengthAt + length_bytes);
  if (length > bytes.size()) refuse(source, "it ends in its header");
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()), length);
  bytes = bytes.subspan(length);
  return header;
}

// Copies an array whose first dimension runs fastest into one whose last does.
void copy_transposed(const std::byte* from, base::Tensor& to) {
  const base::Shape& shape = to.shape();
  const std::size_t size = base::element_size(to.element());
  std::vector<std::int64_t> index(shape.size(), 0);
  std::byte* next = to.mutable_bytes().data();
  for (std::size_t done = 0; done < to.size(); done += size, next += size) {
    std::int64_t offset = 0;
    for (std::size_t d = shape.size(); d-- > 0;) offset = offset * shape[d] + index[d];
    std::memcpy(next, from + static_cast<std::size_t>(offset) * size, size);
    for (std::size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];) index[d] = 0;
  }
}

// Readers of a boolean may rely on its being 0 or 1.
void tidy_booleans(base::Tensor& tensor) {
  for (unsigned char& value : tensor.mutable_values<unsigned char>()) value = value != 0;
}

std::string type_code(ElementType type) {
  for (const TypeCode& known : kTypeCodes) {
    if (known.type == type) return fmt::format("{}{}", base::element_size(type) == 1 ? '|' : '<', known.code);
  }
  throw base::Error(ErrorKind::Unsupported, fmt::format("NumPy files cannot hold {}", base::name_of(type)));
}

std::string python_tuple(const base::Shape& shape) {
  return shape.size() == 1 ? fmt::format("({},)", shape[0]) : fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace

bool is_npy(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() && std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

base::Tensor decode_npy(std::span<const std::byte> bytes, const std::string& source) {
  const Header header = HeaderParser(take_header(bytes, source), source).parse();
  const base::TensorType type{element_type(*header.type, source), *header.shape};
  const std::size_t expected = base::size_bytes(type);
  if (bytes.size() != expected) {
    refuse(source, fmt::format("{} bytes of data, expected {} for {} {}", bytes.size(), expected,
                               base::name_of(type.element), base::to_string(type.shape)));
  }
  base::Tensor tensor = base::Tensor::allocate(type);
  if (*header.is_fortran) {
    copy_transposed(bytes.data(), tensor);
  } else {
    base::copy_bytes(bytes, tensor);
  }
  if (type.element == ElementType::Bool) tidy_booleans(tensor);
  return tensor;
}

base::Tensor read_npy(const std::filesystem::path& path, std::size_t limit_bytes) {
  const std::string content = base::read_file(path, limit_bytes);
  return decode_npy(std::as_bytes(std::span(content)), path.string());
}

std::string encode_npy(const base::Tensor& tensor) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                                   type_code(tensor.element()), python_tuple(tensor.shape()));
  const std::size_t before = kMagic.size() + 4;
  header.append(kAlignment - 1 - (before + header.size()) % kAlignment, ' ').push_back('\n');
  std::string file(kMagic);
  file += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  file += header;
  file.append(reinterpret_cast<const char*>(tensor.bytes().data()), tensor.size());
  return file;
}

void write_npy(const std::filesystem::path& path, const base::Tensor& tensor) {
  base::write_file(path, encode_npy(tensor));
}

}  // namespace tandem::input
