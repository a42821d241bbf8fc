// libjpeg's error handler, which leaves by longjmp to `jump`. Include jpeglib.h first. Private to input/.
#pragma once

#include <csetjmp>

namespace tandem::input {

struct JpegErrors {
  jpeg_error_mgr base;  // first: libjpeg's pointer to it is converted to a pointer to this
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

// For jpeg_error_mgr::error_exit.
[[noreturn]] inline void leave(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->jump, 1);
}

}  // namespace tandem::input
