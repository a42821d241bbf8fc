#include "base/caught.h"

#include <new>
#include <string>
#include <string_view>
#include <system_error>

namespace tandem::base {
namespace {

bool is_of_the_system(const std::error_code& code) {
  return code.category() == std::system_category() || code.category() == std::generic_category();
}

}  // namespace

Error error_of(const std::exception& failure) {
  if (const auto* error = dynamic_cast<const Error*>(&failure)) return *error;
  if (dynamic_cast<const std::bad_alloc*>(&failure) != nullptr) return {ErrorKind::ResourceExhausted, "out of memory"};
  const std::string_view text = failure.what();  // of libraries, perhaps with a stack trace
  const std::string line(text.substr(0, text.find('\n')));
  const auto* system = dynamic_cast<const std::system_error*>(&failure);
  const bool has_errno = system != nullptr && is_of_the_system(system->code());
  return {has_errno ? kind_of_errno(system->code().value()) : ErrorKind::Internal, line};
}

}  // namespace tandem::base
