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
  throw base::Error(base::ErrorKind::NotFound,
                    fmt::format("cannot start {}: {}; expected it at {} or in PATH", kProgram, std::strerror(errno),
                                beside.empty() ? "tandem's side" : beside));
}

}  // namespace tandem::workspace
