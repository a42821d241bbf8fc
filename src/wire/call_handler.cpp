#include "wire/call_handler.h"

#include <new>

namespace tandem::wire {

using base::Error;
using base::ErrorKind;

Error current_error() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorKind::ResourceExhausted, "out of memory");
  } catch (const std::exception& failure) {
    return Error(ErrorKind::Internal, failure.what());
  } catch (...) {
    return Error(ErrorKind::Internal, "unknown exception");
  }
}

}  // namespace tandem::wire
