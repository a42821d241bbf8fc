// Log lines on stderr (spdlog). Thread-safe. What a command is asked for goes to stdout; all else goes here.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tandem::base {

enum class LogLevel { Debug, Info, Warning, Error, Off };

void set_log_level(LogLevel level);  // The default is Warning.
void log(LogLevel level, std::string_view message);

template <class... Arguments>
void log(LogLevel level, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log(level, std::string_view(fmt::format(format, std::forward<Arguments>(arguments)...)));
}

}  // namespace tandem::base
