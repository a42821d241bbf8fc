#include "link/command.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "link/packet_network.h"
#include "link/preset.h"

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
                            least == most       ? fmt::format("{}", least)
                            : least + 1 == most ? fmt::format("{} or {}", least, most)
                                                : fmt::format("{} to {}", least, most)));
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

void set_jitter(Words words, LinkConditions& conditions) {
  expect_arguments(words, 1, 2);
  conditions.jitter = base::Milliseconds(number_in(words[1], "milliseconds"));
  conditions.jitter_correlation_percent = words.size() > 2 ? number_in(words[2], "percent") : 0;
}

void set_loss(Words words, LinkConditions& conditions) {
  expect_arguments(words, 1, 3);
  conditions.loss_percent = number_in(words[1], "percent");
  conditions.burst_packets = words.size() > 2 ? number_in(words[2], "packets") : 0;
  conditions.burst_loss_percent = words.size() > 3 ? number_in(words[3], "percent") : 100;
}

void set_reordering(Words words, LinkConditions& conditions) {
  expect_arguments(words, 1, 2);
  conditions.reorder_percent = number_in(words[1], "percent");
  if (words.size() > 2) conditions.reorder_delay = base::Milliseconds(number_in(words[2], "milliseconds"));
}

void set_duplication(Words words, LinkConditions& conditions) {
  expect_arguments(words, 1, 1);
  conditions.duplicate_percent = number_in(words[1], "percent");
}

void set_queue(Words words, LinkConditions& conditions) {
  expect_arguments(words, 1, 2);
  if (words.size() > 2 && words[2] != "codel") {
    throw invalid(fmt::format("link command: '{}' after a queue's limit, expected 'codel'", words[2].substr(0, 60)));
  }
  const std::string_view limit = words[1];
  const bool is_time = limit.ends_with('s') || limit.ends_with("min");
  conditions.queue_kb = 0;
  conditions.queue_time = base::Milliseconds(0);
  conditions.codel = words.size() > 2;
  if (limit == "0") return;
  if (is_time) {
    conditions.queue_time = base::Milliseconds(base::parse_ms(limit, "link command: queue"));
  } else {
    conditions.queue_kb = static_cast<double>(base::parse_bytes(limit, "link command: queue")) / 1000;
  }
}

void set_preset(Words words, Carrier carrier, LinkConditions& conditions) {
  expect_arguments(words, 1, 1);
  const bool was_stalled = conditions.stalled;
  const bool was_cut = conditions.cut;
  conditions = find_preset(words[1], carrier).take();
  conditions.stalled = was_stalled;
  conditions.cut = was_cut;
}

void set_flag(Words words, bool& flag, bool value) {
  expect_arguments(words, 0, 0);
  flag = value;
}

void read_words(Words words, Carrier carrier, Command& command) {
  LinkConditions& conditions = command.conditions;
  const std::string_view verb = words[0];
  if (verb == "bandwidth") return set_bandwidth(words, command);
  if (verb == "delay") return set_duration(words, conditions.one_way_delay);
  if (verb == "jitter") return set_jitter(words, conditions);
  if (verb == "loss") return set_loss(words, conditions);
  if (verb == "reorder") return set_reordering(words, conditions);
  if (verb == "duplicate") return set_duplication(words, conditions);
  if (verb == "queue") return set_queue(words, conditions);
  if (verb == "preset") return set_preset(words, carrier, conditions);
  if (verb == "stall") return set_flag(words, conditions.stalled, true);
  if (verb == "resume") return set_flag(words, conditions.stalled, false);
  if (verb == "cut") return set_flag(words, conditions.cut, true);
  if (verb == "restore") return set_flag(words, conditions.cut, false);
  if (verb == "trace") return set_trace(words, command);
  if (verb == "report") return expect_arguments(words, 0, 0);
  throw invalid(fmt::format(
      "link command: unknown '{}', expected bandwidth, delay, jitter, loss, reorder, duplicate, queue, preset, stall, "
      "resume, cut, restore, trace or report",
      verb.substr(0, 60)));
}

}  // namespace

base::Result<Command> parse_command(const LinkConditions& conditions, std::string_view line, Carrier carrier) {
  Command command{conditions};
  const std::vector<std::string_view> words = split(line);
  if (words.empty()) return invalid("link command: the line is empty, expected a command such as 'bandwidth 10'");
  try {
    read_words(words, carrier, command);
  } catch (const base::Error& error) {
    return error;
  }
  if (auto status = check(command.conditions, carrier); !status) return status.error();
  return command;
}

base::Result<base::Json> obey(RunningLink& link, std::string_view line) {
  const auto command = parse_command(link.conditions(), line, link.carrier());
  if (!command) return command.error();
  try {
    if (!command.value().trace_path.empty()) {
      link.play(BandwidthTrace::read(command.value().trace_path), command.value().at_end);
    }
  } catch (const base::Error& error) {
    return error;
  }
  if (command.value().ends_trace) link.stop_trace();
  if (auto status = link.set(command.value().conditions); !status) return status.error();
  return link.state();
}

base::Result<base::Json> obey(PacketNetwork& network, std::string_view line) {
  const std::vector<std::string> names = network.link_names();
  const std::vector<std::string_view> words = split(line);
  const bool is_named = !words.empty() && std::ranges::find(names, words[0]) != names.end();
  if (is_named) {
    line.remove_prefix(static_cast<std::size_t>(words[0].data() + words[0].size() - line.data()));
    return obey(network.find_link(std::string(words[0])), line);
  }
  if (names.size() == 1) return obey(network.find_link(names[0]), line);
  return invalid(fmt::format("link command: expected the name of a link first: {}", fmt::join(names, ", ")));
}

}  // namespace tandem::link
