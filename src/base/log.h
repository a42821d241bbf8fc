// Log lines on stderr, by spdlog. Used by every folder; stdout is only for the results of a command. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tandem::base {

enum class LogLevel { Debug, Info, Warning, Error, Off };

void set_log_level(LogLevel level);  // the least severe level that is written; initially Warning
void log(LogLevel level, std::string_view message);

template <class... Arguments>
void log(LogLevel level, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  log(level, std::string_view(fmt::format(format, std::forward<Arguments>(arguments)...)));
}

}  // namespace tandem::base
