// Standard output, for the results of commands: one that is full, closed or without a reader is an Error with the kind
// of its errno, never a success. Used by the programs. One thread at a time.
#pragma once

#include <string_view>

#include "base/error.h"

namespace tandem::base {

// The reader of standard output has gone, as `head` goes once it has its lines. Programs end with the exit code of its
// kind, Unavailable, and without a message: nobody failed.
class ReaderGone : public Error {
 public:
  explicit ReaderGone(const Error& error) : Error(error) {}
};

// First in main(): a standard descriptor that is closed fails from now on, and no file is opened in its place.
void reserve_standard_descriptors();

void print(std::string_view text);  // written when it returns
void require_printed();             // for what libraries printed: throws if some of it was lost

}  // namespace tandem::base
