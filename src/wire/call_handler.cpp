#include "wire/call_handler.h"

#include "base/caught.h"

namespace tandem::wire {

using base::Error;
using base::ErrorKind;

Error current_error() {
  try {
    throw;
  } catch (const std::exception& failure) {
    return base::error_of(failure);
  } catch (...) {
    return Error(ErrorKind::Internal, "unknown exception");
  }
}

}  // namespace tandem::wire
