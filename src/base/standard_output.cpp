#include "base/standard_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>

#include "base/file.h"

namespace tandem::base {

void reserve_standard_descriptors() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number, so this one; for the wrong direction, so that its use fails.
    (void)::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  require_printed();
}

void require_printed() {
  std::cout.flush();
  const bool is_flushed = std::fflush(stdout) == 0;
  if (is_flushed && std::ferror(stdout) == 0 && std::cout.good()) return;
  const bool is_reader_gone = errno == EPIPE;
  const Error error = file_error("standard output", "write");
  std::clearerr(stdout);
  std::cout.clear();
  if (is_reader_gone) throw ReaderGone(error);
  throw error;
}

}  // namespace tandem::base
