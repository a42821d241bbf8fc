#include "cli/output.h"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace tandem::cli {

void print_text(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_json(const base::Json& json) {
  print_text(json.dump(2, ' ', false, base::Json::error_handler_t::replace) + "\n");
}

}  // namespace tandem::cli
