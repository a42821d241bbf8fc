// The measurements that commands share: one SQLite file with a schema version. Several processes may use it at once;
// each write is one transaction, so a killed process loses at most its last write. Within a process, not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "store/costs.h"

namespace tandem::store {

// The state of a file when its digest was computed. The digest is valid as long as none of this changes.
struct FileStamp {
  std::string path;      // absolute
  std::string settings;  // other inputs of the digest, such as fixed shapes
  std::int64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
};

class Store {
 public:
  // Opens or creates the file; upgrades an older schema. Throws Error(InvalidInput), and leaves the file as it is, when
  // it is no store, another program's database, damaged, or of a newer schema.
  explicit Store(const std::filesystem::path& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // $TANDEM_STORE, else $XDG_DATA_HOME/tandem/costs.db, else ~/.local/share/tandem/costs.db.
  static std::filesystem::path default_path();

  // Each replaces the entry with the same key. Throws Error(InvalidInput), and keeps the old entry, when a number is
  // out of its range (docs/formats.md, "Profile").
  void put(const cost::Examination& examination);
  void put(const cost::StageTime& time);
  void put(const cost::LinkCosts& costs);
  void put(const exits::ExitStatistics& statistics);
  void put(const cost::CodecRate& rate);
  void put(const cost::CodecTime& time);
  void append(const cost::StageTime& more);  // adds its samples to those of the same stage; the newest 1000 are kept
  // Removes all measurements of a model on a target. Exit statistics and codec rates belong to no target and stay.
  void forget(const cost::Identity& identity);
  // Removes a model's rates on a data set, and the times of codecs without any rate left.
  void forget_codec_rates(const std::string& model, const std::string& data);
  // All entries that `writes` puts and appends become one transaction; nothing is kept when it throws.
  void write_together(const std::function<void()>& writes);

  std::optional<cost::Examination> examination(const cost::Identity& identity) const;
  // The newest of a model on a target, of any machine and engine.
  std::optional<cost::Examination> latest_examination(const std::string& model, const std::string& target) const;
  // All models on one machine with one engine, under any target's name: the training data of a regression.
  std::vector<cost::Examination> examinations_like(const std::string& machine, const std::string& engine) const;
  std::vector<cost::StageTime> stage_times(const cost::Identity& identity) const;  // ordered by ranges
  std::optional<cost::LinkCosts> link_costs(const std::string& from, const std::string& to) const;
  std::optional<exits::ExitStatistics> exit_statistics(const std::string& model, const std::string& data,
                                                       const std::string& part) const;
  std::vector<exits::ExitStatistics> exit_statistics_of(const std::string& model) const;  // ordered by data and part
  std::vector<cost::CodecRate> codec_rates_of(const std::string& model) const;  // ordered by tensor, codec and data
  // The newest of each target, tensor and codec, of any machine and engine; in that order.
  std::vector<cost::CodecTime> codec_times_of(const std::string& model) const;

  std::vector<cost::Examination> all_examinations() const;
  std::vector<cost::StageTime> all_stage_times() const;
  std::vector<cost::LinkCosts> all_link_costs() const;
  std::vector<exits::ExitStatistics> all_exit_statistics() const;
  std::vector<cost::CodecRate> all_codec_rates() const;
  std::vector<cost::CodecTime> all_codec_times() const;

  // The inputs that a model, by its digest, is measured on; empty: none were given. Those of the twenty models that
  // were last given any are kept. Returns false, and keeps what there was, for more than kMostInputBytes.
  bool remember_inputs(const std::string& model, const std::vector<base::NamedTensor>& inputs);
  std::vector<base::NamedTensor> inputs_of(const std::string& model) const;
  static constexpr std::size_t kMostInputBytes = std::size_t{16} << 20;

  // The digest of a model's file, if it has not changed: then it need not be read again.
  std::optional<std::string> known_digest(const FileStamp& stamp) const;
  void remember_digest(const FileStamp& stamp, const std::string& digest);

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

Costs read_all(const Store& store);
void write_all(Store& store, const Costs& costs);  // all or nothing

}  // namespace tandem::store
