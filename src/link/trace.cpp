#include "link/trace.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "link/conditions.h"

namespace tandem::link {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kMaxFileBytes = 64u << 20;
constexpr double kMaxTimeMs = 1e10;  // 115 days: far from overflow in nanoseconds
constexpr std::string_view kSpace = " \t\r";

base::Error bad_line(const std::string& source, std::size_t line, std::string_view problem) {
  return base::Error(base::ErrorKind::InvalidInput,
                     fmt::format("{}:{}: {}, expected 'milliseconds kbit/s'", source, line, problem));
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// A number in [0, maximum] at the start of `text`, which it is cut off from; negative when there is none.
double take_number(std::string_view& text, double maximum) {
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value >= 0 && value <= maximum)) return -1;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return trimmed(line);
}

}  // namespace

BandwidthTrace BandwidthTrace::parse(std::string_view text, const std::string& source) {
  BandwidthTrace trace;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = take_line(text);
    if (line.empty() || line.front() == '#') continue;
    const double time_ms = take_number(line, kMaxTimeMs);
    if (time_ms < 0) throw bad_line(source, number, "no valid time");
    if (line.empty() || kSpace.find(line.front()) == std::string_view::npos) throw bad_line(source, number, "no rate");
    line = trimmed(line);
    const double kbps = take_number(line, kMaxMbps * 1000);
    if (kbps < 0) throw bad_line(source, number, "no valid rate");
    if (!line.empty()) throw bad_line(source, number, "text after the rate");
    const nanoseconds start(static_cast<std::int64_t>(time_ms * 1e6));
    if (!trace.samples_.empty() && start <= trace.samples_.back().start) {
      throw bad_line(source, number, "a time that does not increase");
    }
    trace.samples_.push_back({start, kbps / 1000});
  }
  if (trace.samples_.empty()) {
    throw base::Error(base::ErrorKind::InvalidInput, fmt::format("{}: no samples in this bandwidth trace", source));
  }
  return trace;
}

BandwidthTrace BandwidthTrace::read(const std::filesystem::path& path) {
  return parse(base::read_file(path, kMaxFileBytes), path.string());
}

nanoseconds BandwidthTrace::period() const {
  const nanoseconds last = samples_.back().start;
  return samples_.size() == 1 ? nanoseconds::max() : last + (last - samples_[samples_.size() - 2].start);
}

BandwidthTrace::Step BandwidthTrace::at(nanoseconds elapsed, AtEnd at_end) const {
  const nanoseconds length = at_end == AtEnd::Loop ? period() : nanoseconds::max();
  const nanoseconds within = elapsed % length;
  const auto next = std::ranges::upper_bound(samples_, within, {}, &Sample::start);
  const Sample& current = next == samples_.begin() ? *next : *(next - 1);
  const nanoseconds end = next == samples_.begin() ? (next + 1 == samples_.end() ? length : (next + 1)->start)
                                                   : (next == samples_.end() ? length : next->start);
  return {current.mbps, end == nanoseconds::max() ? end : elapsed - within + end};
}

}  // namespace tandem::link
