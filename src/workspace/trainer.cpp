#include "workspace/trainer.h"

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace tandem::workspace {
namespace {

constexpr const char* kProgram = "tandem-train";

std::string beside_this_program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "" : (self.parent_path() / kProgram).string();
}

std::string complaint(const std::string& beside, int error) {
  if (error != ENOENT) return fmt::format("cannot start {}: {}", beside, std::strerror(error));
  return fmt::format(
      "no {0} beside {1} or in PATH; in Tandem's sources, `scripts/setup.sh` and `cmake --preset release && "
      "cmake --build --preset release --target {0}` make it",
      kProgram, std::filesystem::path(beside).replace_filename("tandem").string());
}

}  // namespace

base::Json new_training() {
  return {{"format", "tandem.training"}, {"version", 1}};
}

void start_trainer(const base::Json& training) {
  std::string argument = training.dump(-1, ' ', false, base::Json::error_handler_t::replace);
  std::string name = kProgram;
  char* const arguments[] = {name.data(), argument.data(), nullptr};
  const std::string beside = beside_this_program();
  ::execv(beside.c_str(), arguments);
  if (errno == ENOENT) ::execvp(kProgram, arguments);
  const int number = errno;
  throw base::Error(base::kind_of_errno(number), complaint(beside, number));
}

}  // namespace tandem::workspace
