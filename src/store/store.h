// Where measurements are kept between commands: one SQLite file with a schema version. Several processes may use it at
// once; each write is one transaction, so a killed process loses at most the one under way. Not synchronised within a
// process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cost/codec_rates.h"
#include "cost/costs.h"
#include "exits/statistics.h"

namespace tandem::store {

// A file as it was when its digest was worked out: as long as none of this changes, neither does the digest.
struct FileStamp {
  std::string path;      // absolute
  std::string settings;  // what else the digest depends on, such as fixed shapes
  std::int64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
};

class Store {
 public:
  // Opens or creates; brings an older schema up to date. Throws Error(InvalidInput), and leaves the file as it is, when
  // it is no store, another program's database, damaged, or of a newer schema.
  explicit Store(const std::filesystem::path& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // $TANDEM_STORE, else $XDG_DATA_HOME/tandem/costs.db, else ~/.local/share/tandem/costs.db.
  static std::filesystem::path default_path();

  // Each replaces what was known under the same key. Throws Error(InvalidInput), and keeps what was there, when a
  // number is out of any sensible range (exchange.h).
  void put(const cost::Examination& examination);
  void put(const cost::StageTime& time);
  void put(const cost::LinkCosts& costs);
  void put(const exits::ExitStatistics& statistics);
  void put(const cost::CodecRate& rate);
  void put(const cost::CodecTime& time);
  void append(const cost::StageTime& more);  // its samples go behind those that are kept
  // Everything that was measured of it; exit statistics and codec rates are of no target.
  void forget(const cost::Identity& identity);
  // What was measured on this data set, and the times of codecs of which no rate is left.
  void forget_codec_rates(const std::string& model, const std::string& data);
  // All that `writes` puts and appends in one transaction: all or, when it throws, nothing.
  void write_together(const std::function<void()>& writes);

  std::optional<cost::Examination> examination(const cost::Identity& identity) const;
  // The newest of a model on a target, whatever machine and engine it was then.
  std::optional<cost::Examination> latest_examination(const std::string& model, const std::string& target) const;
  // All models on one machine with one engine, under whatever name: what a regression is trained on.
  std::vector<cost::Examination> examinations_like(const std::string& machine, const std::string& engine) const;
  std::vector<cost::StageTime> stage_times(const cost::Identity& identity) const;  // ordered by ranges
  std::optional<cost::LinkCosts> link_costs(const std::string& from, const std::string& to) const;
  std::optional<exits::ExitStatistics> exit_statistics(const std::string& model, const std::string& data,
                                                       const std::string& part) const;
  std::vector<exits::ExitStatistics> exit_statistics_of(const std::string& model) const;  // ordered by data and part
  std::vector<cost::CodecRate> codec_rates_of(const std::string& model) const;  // ordered by tensor, codec and data
  // The newest of each target, tensor and codec, whatever machine and engine it was then; in that order.
  std::vector<cost::CodecTime> codec_times_of(const std::string& model) const;

  std::vector<cost::Examination> all_examinations() const;
  std::vector<cost::StageTime> all_stage_times() const;
  std::vector<cost::LinkCosts> all_link_costs() const;
  std::vector<exits::ExitStatistics> all_exit_statistics() const;
  std::vector<cost::CodecRate> all_codec_rates() const;
  std::vector<cost::CodecTime> all_codec_times() const;

  // The digest of a model's file, so that what has not changed need not be read to be recognised.
  std::optional<std::string> known_digest(const FileStamp& stamp) const;
  void remember_digest(const FileStamp& stamp, const std::string& digest);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tandem::store
