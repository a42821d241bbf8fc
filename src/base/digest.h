// SHA-256. Digests name models, weights, parts and codecs between machines. Functions are thread-safe; a Digester is
// not synchronised.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tandem::base {

class Digester {
 public:
  Digester();
  ~Digester();
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  std::string finish();  // 64 lower-case hexadecimal digits; call once

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string digest_of(std::span<const std::byte> bytes);
std::string digest_of(std::string_view text);
bool is_digest(std::string_view text);  // 64 lower-case hexadecimal digits

}  // namespace tandem::base
