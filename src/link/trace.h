// A recorded bandwidth over time, for replay by the link emulator. Immutable, so thread-safe.
//
// File format: one sample a line, "milliseconds kbit/s" separated by white space, times increasing. Empty lines and
// lines that start with # are skipped. A rate holds until the next sample's time; the first one also before its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::link {

enum class AtEnd {
  Loop,  // repeat; the last sample lasts as long as the one before it
  Hold,  // keep the last rate forever
};

class BandwidthTrace {
 public:
  // Throw Error(InvalidInput) with source and line; read() also Error(NotFound).
  static BandwidthTrace parse(std::string_view text, const std::string& source);
  static BandwidthTrace read(const std::filesystem::path& path);

  struct Step {
    double mbps;                     // 0: blocked, unlike a bandwidth of 0 in LinkConditions
    std::chrono::nanoseconds until;  // since the start; max() when the rate never changes again
  };
  // The rate at `elapsed` since the start of the replay.
  Step at(std::chrono::nanoseconds elapsed, AtEnd at_end) const;

  std::size_t size() const { return samples_.size(); }

 private:
  struct Sample {
    std::chrono::nanoseconds start;
    double mbps;
  };
  std::chrono::nanoseconds period() const;

  std::vector<Sample> samples_;  // never empty
};

}  // namespace tandem::link
