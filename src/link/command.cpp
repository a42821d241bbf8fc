#include "link/command.h"

#include <charconv>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace tandem::link {
namespace {

using Words = std::span<const std::string_view>;

std::vector<std::string_view> split(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<std::string_view> words;
  for (;;) {
    const auto begin = line.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    words.push_back(line.substr(0, line.find_first_of(kSpace)));
    line.remove_prefix(words.back().size());
  }
}

base::Error invalid(std::string message) {
  return {base::ErrorKind::InvalidInput, std::move(message)};
}

double number_in(std::string_view word, const char* unit) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc() && end == word.data() + word.size()) return value;
  throw invalid(fmt::format("link command: '{}' is no number, expected {}", word.substr(0, 60), unit));
}

void expect_arguments(Words words, std::size_t least, std::size_t most) {
  const std::size_t count = words.size() - 1;
  if (count >= least && count <= most) return;
  throw invalid(fmt::format("link command: '{}' has {} arguments, expected {}", words[0], count,
                            least == most ? fmt::format("{}", least) : fmt::format("{} or {}", least, most)));
}

void set_bandwidth(Words words, Command& command) {
  expect_arguments(words, 1, 2);
  command.conditions.up_mbps = number_in(words[1], "Mbit/s");
  command.conditions.down_mbps = number_in(words.back(), "Mbit/s");
  command.ends_trace = true;
}

void set_trace(Words words, Command& command) {
  expect_arguments(words, 1, 2);
  if (words.size() == 3 && words[2] != "hold") {
    throw invalid(fmt::format("link command: '{}' after a trace file, expected 'hold'", words[2].substr(0, 60)));
  }
  if (words.size() == 3) command.at_end = AtEnd::Hold;
  if (words.size() == 2 && words[1] == "off") {
    command.ends_trace = true;
  } else {
    command.trace_path = words[1];
  }
}

void set_duration(Words words, base::Milliseconds& duration) {
  expect_arguments(words, 1, 1);
  duration = base::Milliseconds(number_in(words[1], "milliseconds"));
}

void set_flag(Words words, bool& flag, bool value) {
  expect_arguments(words, 0, 0);
  flag = value;
}

void read_words(Words words, Command& command) {
  LinkConditions& conditions = command.conditions;
  const std::string_view verb = words[0];
  if (verb == "bandwidth") return set_bandwidth(words, command);
  if (verb == "delay") return set_duration(words, conditions.one_way_delay);
  if (verb == "jitter") return set_duration(words, conditions.jitter);
  if (verb == "stall") return set_flag(words, conditions.stalled, true);
  if (verb == "resume") return set_flag(words, conditions.stalled, false);
  if (verb == "cut") return set_flag(words, conditions.cut, true);
  if (verb == "restore") return set_flag(words, conditions.cut, false);
  if (verb == "trace") return set_trace(words, command);
  if (verb == "report") return expect_arguments(words, 0, 0);
  throw invalid(fmt::format(
      "link command: unknown '{}', expected bandwidth, delay, jitter, stall, resume, cut, restore, trace or report",
      verb.substr(0, 60)));
}

}  // namespace

base::Result<Command> parse_command(const LinkConditions& conditions, std::string_view line) {
  Command command{conditions};
  const std::vector<std::string_view> words = split(line);
  if (words.empty()) return invalid("link command: the line is empty, expected a command such as 'bandwidth 10'");
  try {
    read_words(words, command);
  } catch (const base::Error& error) {
    return error;
  }
  if (auto status = check(command.conditions); !status) return status.error();
  return command;
}

base::Result<LinkReport> obey(LinkEmulator& emulator, std::string_view line) {
  const auto command = parse_command(emulator.report().conditions, line);
  if (!command) return command.error();
  try {
    if (!command.value().trace_path.empty()) {
      emulator.play(BandwidthTrace::read(command.value().trace_path), command.value().at_end);
    }
  } catch (const base::Error& error) {
    return error;
  }
  if (command.value().ends_trace) emulator.stop_trace();
  if (auto status = emulator.set(command.value().conditions); !status) return status.error();
  return emulator.report();
}

}  // namespace tandem::link
