#include "cli/output.h"

#include <nlohmann/json.hpp>

#include <cmath>

#include "base/printable.h"
#include "base/standard_output.h"

namespace tandem::cli {

void print_text(const std::string& text) {
  base::print(base::printable_lines(text));
}

void print_json(const base::Json& json) {
  print_text(json.dump(2, ' ', false, base::Json::error_handler_t::replace) + "\n");
}

base::Json number_of(double value) {
  return std::isfinite(value) ? base::Json(value) : base::Json("infinite");
}

}  // namespace tandem::cli
