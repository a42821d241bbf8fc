// Errors about stores that are refused or cannot be used; each names the file. Private to store/.
#pragma once

#include <string>

#include "base/error.h"

namespace SQLite {
class Exception;
}

namespace tandem::store {

inline constexpr int kBusyTimeoutMs = 10'000;  // SQLite's wait for another process

base::Error not_a_store(const std::string& path);
base::Error damaged(const std::string& path, const std::string& how);
base::Error error_of(const std::string& path, const SQLite::Exception& error);

}  // namespace tandem::store
