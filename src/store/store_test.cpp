#include "store/store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <limits>
#include <random>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/test_descriptors.h"
#include "base/test_files.h"
#include "store/errors.h"
#include "store/test_store.h"

namespace tandem::store {
namespace {

using testing::HasSubstr;

constexpr const char* kVersion1 = R"(
  PRAGMA journal_mode = WAL;
  CREATE TABLE model_costs (
    model TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, engine TEXT NOT NULL, measured_at_s INTEGER NOT NULL,
    whole_ms REAL NOT NULL, whole_low_ms REAL NOT NULL, whole_high_ms REAL NOT NULL, stage_overhead_ms REAL NOT NULL,
    layer_ms BLOB NOT NULL, ends_kernel BLOB NOT NULL,
    PRIMARY KEY (model, target));
  CREATE TABLE link_costs (
    from_target TEXT NOT NULL, to_target TEXT NOT NULL, measured_at_s INTEGER NOT NULL,
    round_trip_ms REAL NOT NULL, upload_mbps REAL NOT NULL, download_mbps REAL NOT NULL,
    PRIMARY KEY (from_target, to_target));
  CREATE TABLE stage_times (
    model TEXT NOT NULL, target TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    median_ms REAL NOT NULL, low_ms REAL NOT NULL, high_ms REAL NOT NULL, measured_at_s INTEGER NOT NULL,
    PRIMARY KEY (model, target, first, last));
  PRAGMA user_version = 1;
  INSERT INTO model_costs VALUES ('digest', 'edge', 'm', 'e', 1000, 10.5, 10, 11, 0.5,
    x'000000000000F83F000000000000E03F0000000000002040', x'000101');
  INSERT INTO link_costs VALUES ('device', 'edge', 7, 5, 10, 20);
  INSERT INTO stage_times VALUES ('digest', 'edge', 0, 2, 3.25, 3, 3.5, 1001), ('gone', 'edge', 0, 2, 1, 1, 1, 1);
)";

constexpr const char* kVersion2 = R"(
  PRAGMA journal_mode = WAL;
  CREATE TABLE examinations (
    model TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, engine TEXT NOT NULL,
    measured_at_s INTEGER NOT NULL, layer_count INTEGER NOT NULL,
    load_ms REAL NOT NULL, resident_bytes REAL NOT NULL, peak_bytes REAL NOT NULL,
    kernels TEXT NOT NULL,    -- JSON
    PRIMARY KEY (model, target, machine, engine)) STRICT;
  CREATE TABLE stages (
    model TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, engine TEXT NOT NULL,
    layers TEXT NOT NULL,     -- "0-12,15-20", both ends included
    measured_at_s INTEGER NOT NULL,
    samples_ms BLOB NOT NULL, -- little-endian float64
    PRIMARY KEY (model, target, machine, engine, layers)) STRICT;
  CREATE TABLE links (
    "from" TEXT NOT NULL, "to" TEXT NOT NULL,
    round_trip_ms REAL NOT NULL, round_trip_at_s INTEGER NOT NULL, round_trip_source TEXT NOT NULL,
    jitter_ms REAL NOT NULL, jitter_at_s INTEGER NOT NULL, jitter_source TEXT NOT NULL,
    upload_mbps REAL NOT NULL, upload_at_s INTEGER NOT NULL, upload_source TEXT NOT NULL,
    download_mbps REAL NOT NULL, download_at_s INTEGER NOT NULL, download_source TEXT NOT NULL,
    PRIMARY KEY ("from", "to")) STRICT;
  CREATE TABLE digests (
    path TEXT NOT NULL, settings TEXT NOT NULL, size_bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (path, settings)) STRICT;
  PRAGMA application_id = 0x544E444D;
  PRAGMA user_version = 2;
  INSERT INTO examinations VALUES ('digest', 'edge', 'm', 'e', 1000, 3, 20.5, 4096, 8192,
    '[{"name":"Conv_0","op_type":"Conv","median_ms":2,"layers":[0,2]}]');
  INSERT INTO stages VALUES ('digest', 'edge', 'm', 'e', '0-0,2-2', 1001,
    x'000000000000F83F000000000000E03F0000000000002040');
  INSERT INTO links VALUES ('device', 'edge', 5.5, 7, 'probe', 0.25, 8, 'given', 10, 9, 'transfer', 20, 10, 'probe');
  INSERT INTO digests VALUES ('/a.onnx', 'batch=1', 100, 5, 'digest');
)";

constexpr const char* kAddedByVersion3 = R"(
  CREATE TABLE exits (
    model TEXT NOT NULL, data TEXT NOT NULL, part TEXT NOT NULL,
    place INTEGER NOT NULL,   -- in the model's order, from 0
    measured_at_s INTEGER NOT NULL, name TEXT NOT NULL, temperature REAL NOT NULL,
    softmax BLOB NOT NULL, margin BLOB NOT NULL, entropy BLOB NOT NULL,  -- little-endian float32, by sample
    correct BLOB NOT NULL,    -- a byte for each sample, 1 or 0
    PRIMARY KEY (model, data, part, place)) STRICT;
  PRAGMA user_version = 3;
  INSERT INTO exits VALUES ('digest', 'fashion-mnist', 'test', 0, 1004, 'exit1', 1.25,
    x'0000803F0000003F', x'0000803F0000803E', x'0000803F00000000', x'0100');
)";
const std::string kVersion3 = std::string(kVersion2) + kAddedByVersion3;

Costs what_version_2_held() {
  const cost::Identity identity{"digest", "edge", "m", "e"};
  return {{{identity, 1000, 3, {{"Conv_0", "Conv", 2, {0, 2}}}, 20.5, 4096, 8192}},
          {{identity, {{0, 1}, {2, 3}}, {1.5, 0.5, 8}, 1001}},
          {{"device",
            "edge",
            {5.5, 7, cost::Source::Probe},
            {0.25, 8, cost::Source::Given},
            {10, 9, cost::Source::Transfer},
            {20, 10, cost::Source::Probe}}}};
}

Costs what_version_3_held() {
  Costs costs = what_version_2_held();
  const exits::ExitRecord exit{"exit1", 1.25, {{{1, 0.5F}, {1, 0.25F}, {1, 0}}}, {true, false}};
  costs.exits = {{"digest", "fashion-mnist", "test", 1004, {exit}}};
  return costs;
}

Costs what_version_1_held() {
  const cost::Identity identity{"digest", "edge", "m", "e"};
  const cost::Reading unknown{0, 7, cost::Source::Given};
  return {{{identity, 1000, 3, {{"", "", 2, {0, 1}}, {"", "", 8, {2}}}}},
          {{identity, {{0, 2}}, {3, 3.25, 3.5}, 1001}, {identity, {{0, 3}}, {10, 10.5, 11}, 1000}},
          {{"device",
            "edge",
            {5, 7, cost::Source::Given},
            unknown,
            {10, 7, cost::Source::Given},
            {20, 7, cost::Source::Given}}}};
}

cost::StageTime sample(double ms) {
  return {cost::some_identity(), {{0, 4}}, {ms}, 1000};
}

// Runs in a process of its own, which ends with 0 when nothing was thrown.
pid_t start(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    work();
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

bool has_succeeded(pid_t child) {
  int status = -1;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int count_successes(int processes, const std::function<void(int)>& work) {
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) children.push_back(start([&] { work(i); }));
  return static_cast<int>(std::ranges::count_if(children, has_succeeded));
}

class StoreTest : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_ / "costs.db"; }

  void execute(const std::string& sql) const {
    SQLite::Database(path().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  }
  std::string content() const { return base::read_file(path(), 1 << 30); }
  std::string digest() const { return base::digest_of(content()); }
  bool has_log() const { return std::filesystem::exists(path().string() + "-wal"); }

  // Why the store is refused. The file stays as it is, with nothing beside it.
  std::string refusal() const {
    const std::string before = digest();
    std::string message = "no error";
    try {
      Store store(path());
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput);
      message = error.message();
    }
    EXPECT_EQ(digest(), before);
    EXPECT_FALSE(has_log());
    EXPECT_THAT(message, testing::StartsWith(path().string() + ": "));
    return message;
  }

  // The number of refusals among 300 copies, each with one bit changed. Refused files stay as they are.
  int count_refusals_of_flipped(const std::string& whole) const {
    std::mt19937 random(7);
    int refused = 0;
    for (int i = 0; i < 300; ++i) {
      std::string spoilt = whole;
      spoilt[random() % spoilt.size()] ^= static_cast<char>(1 << random() % 8);
      base::write_file(path(), spoilt);
      bool is_open = false;  // then one of version 1 has been rewritten
      try {
        Store store(path());
        is_open = true;
        read_all(store);
      } catch (const base::Error& error) {
        ++refused;
        EXPECT_TRUE(is_open || content() == spoilt) << error.message();
      }
    }
    return refused;
  }

 private:
  base::TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
};

TEST_F(StoreTest, SaysThatTheProcessHasNoDescriptorLeft) {
  Store{path()};
  const base::NoDescriptors none;
  try {
    Store store(path());
    FAIL() << "opened";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::ResourceExhausted) << error.message();
    EXPECT_THAT(error.message(), testing::EndsWith("costs.db: cannot open: Too many open files"));
  }
}

TEST_F(StoreTest, GivesBackWhatItWasGiven) {
  write_all(*std::make_unique<Store>(path()), everything());
  const Store store(path());
  EXPECT_EQ(read_all(store), everything());
  EXPECT_EQ(store.examination(cost::some_identity()), cost::some_examination());
  EXPECT_EQ(store.stage_times(cost::some_identity()), everything().stages);
  EXPECT_EQ(store.link_costs("device", "edge"), cost::some_link_costs());
  EXPECT_EQ(store.exit_statistics("digest", "fashion-mnist", "test"), some_exit_statistics());
  EXPECT_THAT(store.codec_rates_of("digest"), testing::ElementsAre(cost::some_codec_rate()));
  EXPECT_THAT(store.codec_times_of("digest"), testing::ElementsAre(cost::some_codec_time()));
}

TEST_F(StoreTest, KnowsNothingOfOtherKeys) {
  Store store(path());
  write_all(store, everything());
  cost::Identity other = cost::some_identity();
  other.engine = "another";
  EXPECT_EQ(store.examination(other), std::nullopt);
  EXPECT_TRUE(store.stage_times(other).empty());
  EXPECT_EQ(store.latest_examination("digest", "moon"), std::nullopt);
  EXPECT_EQ(store.link_costs("edge", "device"), std::nullopt);
  EXPECT_EQ(store.exit_statistics("digest", "fashion-mnist", "calibration"), std::nullopt);
  EXPECT_TRUE(store.exit_statistics_of("another").empty());
  EXPECT_TRUE(store.codec_rates_of("another").empty());
  EXPECT_TRUE(store.codec_times_of("another").empty());
}

TEST_F(StoreTest, ReplacesUnderTheSameKey) {
  Store store(path());
  write_all(store, everything());
  Costs changed = everything();
  changed.examinations[0].kernels.pop_back();
  changed.stages[0].samples_ms = {7};
  changed.links[0].jitter_ms.value = 9;
  changed.exits[0].exits.pop_back();
  changed.codec_rates[0].description = "klevel k=4";
  changed.codec_times[0].encode_ms = 3;
  write_all(store, changed);
  EXPECT_EQ(read_all(store), changed);
}

TEST_F(StoreTest, FindsTheNewestExaminationAndThoseOfOneMachine) {
  Store store(path());
  cost::Examination older = cost::some_examination();
  cost::Examination newer = cost::some_examination();
  newer.identity.machine = "aarch64";
  newer.measured_at_s = 2000;
  cost::Examination elsewhere = cost::some_examination();
  elsewhere.identity.target = "cloud";
  for (const auto& examination : {newer, older, elsewhere}) store.put(examination);
  EXPECT_EQ(store.latest_examination("digest", "edge"), newer);
  EXPECT_EQ(store.examinations_like("x86_64, 2 cores", cost::some_identity().engine), (std::vector{elsewhere, older}));
}

TEST_F(StoreTest, FindsTheExitStatisticsOfAModelInAllDataSets) {
  Store store(path());
  exits::ExitStatistics calibration = some_exit_statistics();
  calibration.part = "calibration";
  exits::ExitStatistics other_data = some_exit_statistics();
  other_data.data = "another";
  exits::ExitStatistics other_model = some_exit_statistics();
  other_model.model = "another";
  for (const auto& each : {some_exit_statistics(), calibration, other_data, other_model}) store.put(each);
  EXPECT_THAT(store.exit_statistics_of("digest"),
              testing::ElementsAre(other_data, calibration, some_exit_statistics()));
  EXPECT_EQ(store.exit_statistics("digest", "another", "test"), other_data);
  EXPECT_EQ(store.all_exit_statistics().size(), 4u);
}

TEST_F(StoreTest, FindsTheNewestTimeOfACodecOnEachTarget) {
  Store store(path());
  cost::CodecTime newer = cost::some_codec_time();
  newer.identity.machine = "aarch64";
  newer.measured_at_s = 2000;
  cost::CodecTime elsewhere = cost::some_codec_time();
  elsewhere.identity.target = "cloud";
  cost::CodecTime of_another_codec = cost::some_codec_time();
  of_another_codec.codec = "fp16";
  for (const auto& time : {newer, cost::some_codec_time(), elsewhere, of_another_codec}) store.put(time);
  EXPECT_THAT(store.codec_times_of("digest"), testing::ElementsAre(elsewhere, of_another_codec, newer));
  EXPECT_EQ(store.all_codec_times().size(), 4u);
}

TEST_F(StoreTest, ForgetsTheRatesOfADataSetAndTheTimesWithoutARate) {
  Store store(path());
  write_all(store, everything());
  cost::CodecRate elsewhere = cost::some_codec_rate();
  elsewhere.data = "another";
  store.put(elsewhere);
  store.forget_codec_rates("digest", "fashion-mnist");
  EXPECT_THAT(store.all_codec_rates(), testing::ElementsAre(elsewhere));
  EXPECT_THAT(store.all_codec_times(), testing::ElementsAre(cost::some_codec_time()));
  store.forget_codec_rates("digest", "another");
  EXPECT_TRUE(store.all_codec_rates().empty());
  EXPECT_TRUE(store.all_codec_times().empty());
}

TEST_F(StoreTest, KeepsDescriptionsUpToTheLongest) {
  Store store(path());
  cost::CodecRate rate = cost::some_codec_rate();
  rate.description = std::string(8 << 20, '\xFF');
  store.put(rate);
  EXPECT_EQ(store.codec_rates_of("digest").at(0).description, rate.description);
  rate.description += "x";
  EXPECT_THROW(store.put(rate), base::Error);
}

TEST_F(StoreTest, ForgetsTheMeasurementsOfOneTargetOnly) {
  Store store(path());
  write_all(store, everything());
  store.forget(cost::some_identity());
  Costs left = everything();
  left.examinations.clear();
  left.stages.clear();
  left.codec_times.clear();
  EXPECT_EQ(read_all(store), left);
}

TEST_F(StoreTest, AppendsSamplesToThoseThatItHas) {
  Store store(path());
  store.append(cost::some_stage_time());
  cost::StageTime more = cost::some_stage_time();
  more.samples_ms = {4, 5};
  more.measured_at_s = 3000;
  store.append(more);
  more.samples_ms = {1.5, 1.25, 0.1, 4, 5};
  EXPECT_EQ(store.all_stage_times(), std::vector{more});
}

TEST_F(StoreTest, KeepsTheNewestThousandSamples) {
  Store store(path());
  cost::StageTime more = cost::some_stage_time();
  for (const double value : {1.0, 2.0}) {
    more.samples_ms.assign(600, value);
    store.append(more);
  }
  const auto samples = store.all_stage_times().at(0).samples_ms;
  EXPECT_EQ(samples.size(), 1000u);
  EXPECT_EQ(std::ranges::count(samples, 2.0), 600);
  EXPECT_EQ(samples.back(), 2.0);
}

TEST_F(StoreTest, OrdersStagesByTheirRanges) {
  Store store(path());
  for (const std::size_t first : {10u, 2u, 0u})
    store.put(cost::StageTime{cost::some_identity(), {{first, 11}}, {1}, 1});
  std::vector<std::size_t> order;
  for (const auto& time : store.stage_times(cost::some_identity())) order.push_back(time.ranges[0].first);
  EXPECT_THAT(order, testing::ElementsAre(0, 2, 10));
}

TEST_F(StoreTest, KeepsATransactionAsAWholeOrNotAtAll) {
  Store store(path());
  Costs costs = everything();
  costs.links[0].upload_mbps.value = -1;
  EXPECT_THROW(write_all(store, costs), base::Error);
  EXPECT_EQ(read_all(store), Costs{});
  store.append(sample(1));
  EXPECT_EQ(store.all_stage_times().size(), 1u);
}

TEST_F(StoreTest, RefusesImpossibleEntries) {
  Store store(path());
  EXPECT_THROW(store.put(sample(std::numeric_limits<double>::quiet_NaN())), base::Error);
  EXPECT_THROW(store.append({cost::some_identity(), {{0, 0}}, {1}, 1}), base::Error);
  cost::Examination examination = cost::some_examination();
  examination.kernels[0].layers = {99};
  EXPECT_THROW(store.put(examination), base::Error);
  exits::ExitStatistics statistics = some_exit_statistics();
  statistics.exits[1].is_right.pop_back();
  EXPECT_THROW(store.put(statistics), base::Error);
  cost::CodecRate rate = cost::some_codec_rate();
  rate.bytes = std::numeric_limits<double>::infinity();
  EXPECT_THROW(store.put(rate), base::Error);
  cost::CodecTime time = cost::some_codec_time();
  time.decode_ms = -1;
  EXPECT_THROW(store.put(time), base::Error);
  EXPECT_EQ(read_all(store), Costs{});
}

TEST_F(StoreTest, KeepsNamesThatAreNotUtf8) {
  Store store(path());
  cost::Examination examination = cost::some_examination();
  examination.kernels[0].name = "\xFF";
  store.put(examination);
  EXPECT_EQ(store.all_examinations()[0].kernels[0].name, "\xEF\xBF\xBD");
}

TEST_F(StoreTest, RecognisesAFileUntilItChanges) {
  Store store(path());
  const FileStamp stamp{"/a.onnx", "batch=1", 100, 5};
  store.remember_digest(stamp, "old");
  store.remember_digest(stamp, "digest");
  EXPECT_EQ(store.known_digest(stamp), "digest");
  EXPECT_EQ(store.known_digest({"/a.onnx", "batch=2", 100, 5}), std::nullopt);
  EXPECT_EQ(store.known_digest({"/a.onnx", "batch=1", 101, 5}), std::nullopt);
  EXPECT_EQ(store.known_digest({"/a.onnx", "batch=1", 100, 6}), std::nullopt);
}

TEST_F(StoreTest, ForgetsTheOldestFiles) {
  Store store(path());
  store.write_together([&] {
    for (int i = 0; i <= 1000; ++i) store.remember_digest({"/" + std::to_string(i), "", 1, 1}, "digest");
  });
  EXPECT_EQ(store.known_digest({"/0", "", 1, 1}), std::nullopt);
  EXPECT_EQ(store.known_digest({"/1", "", 1, 1}), "digest");
  EXPECT_EQ(store.known_digest({"/1000", "", 1, 1}), "digest");
}

TEST_F(StoreTest, KeepsTheInputsOfAModel) {
  const std::vector<base::NamedTensor> inputs = {
      {"ids", base::Tensor::of<std::int64_t>({base::ElementType::Int64, {1, 2}}, std::array<std::int64_t, 2>{100, 7})},
      {"scale", base::Tensor::of<float>({base::ElementType::Float32, {}}, std::array<float, 1>{0.5F})}};
  EXPECT_TRUE(Store(path()).remember_inputs("digest", inputs));
  const auto found = Store(path()).inputs_of("digest");
  ASSERT_EQ(found.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(found[i].name, inputs[i].name);
    EXPECT_EQ(base::relative_difference(found[i].tensor, inputs[i].tensor), 0);
  }
  EXPECT_TRUE(Store(path()).inputs_of("other").empty());
}

TEST_F(StoreTest, KeepsNoInputsBeyondTheirLimit) {
  Store store(path());
  const std::vector<base::NamedTensor> small = {{"x", base::Tensor::allocate({base::ElementType::UInt8, {1}})}};
  const auto most = static_cast<std::int64_t>(Store::kMostInputBytes);
  EXPECT_TRUE(store.remember_inputs("0", small));
  EXPECT_FALSE(store.remember_inputs("0", {{"x", base::Tensor::allocate({base::ElementType::UInt8, {most + 1}})}}));
  EXPECT_EQ(store.inputs_of("0").at(0).tensor.size(), 1u);
  for (int i = 1; i <= 20; ++i) EXPECT_TRUE(store.remember_inputs(std::to_string(i), small));
  EXPECT_TRUE(store.inputs_of("0").empty());
  EXPECT_EQ(store.inputs_of("1").size(), 1u);
}

TEST_F(StoreTest, RefusesInputsThatAreDamaged) {
  Store(path()).remember_inputs("digest", {{"x", base::Tensor::allocate({base::ElementType::UInt8, {4}})}});
  execute("UPDATE inputs SET content = x'0102'");
  EXPECT_THROW((void)Store(path()).inputs_of("digest"), base::Error);
  execute("UPDATE inputs SET types = 'no JSON'");
  EXPECT_THROW((void)Store(path()).inputs_of("digest"), base::Error);
}

TEST_F(StoreTest, BringsVersion1UpToDate) {
  execute(kVersion1);
  EXPECT_EQ(read_all(Store(path())), what_version_1_held());
  EXPECT_EQ(read_all(Store(path())), what_version_1_held());
  Store(path()).put(cost::some_link_costs());
  EXPECT_EQ(Store(path()).link_costs("device", "edge"), cost::some_link_costs());
}

TEST_F(StoreTest, BringsVersion1UpToDateFromItsLogAlone) {
  const pid_t killed = start([&] {
    SQLite::Database database(path().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec(kVersion1);
    ::raise(SIGKILL);
  });
  EXPECT_FALSE(has_succeeded(killed));
  EXPECT_TRUE(has_log());
  EXPECT_EQ(read_all(Store(path())), what_version_1_held());
}

TEST_F(StoreTest, BringsVersion2UpToDate) {
  execute(kVersion2);
  EXPECT_EQ(read_all(Store(path())), what_version_2_held());
  EXPECT_EQ(Store(path()).known_digest({"/a.onnx", "batch=1", 100, 5}), "digest");
  Store(path()).put(some_exit_statistics());
  Costs with_exits = what_version_2_held();
  with_exits.exits = {some_exit_statistics()};
  EXPECT_EQ(read_all(Store(path())), with_exits);
}

TEST_F(StoreTest, BringsVersion3UpToDate) {
  execute(kVersion3);
  EXPECT_EQ(read_all(Store(path())), what_version_3_held());
  Store(path()).put(cost::some_codec_rate());
  Store(path()).put(cost::some_codec_time());
  Costs with_codecs = what_version_3_held();
  with_codecs.codec_rates = {cost::some_codec_rate()};
  with_codecs.codec_times = {cost::some_codec_time()};
  EXPECT_EQ(read_all(Store(path())), with_codecs);
}

TEST_F(StoreTest, TakesAnEmptyFile) {
  base::write_file(path(), "");
  Store(path()).put(cost::some_link_costs());
  EXPECT_EQ(Store(path()).all_link_costs().size(), 1u);
}

TEST_F(StoreTest, RefusesAFileThatIsNoStore) {
  base::write_file(path(), std::string(5000, 'x'));
  EXPECT_THAT(refusal(), HasSubstr("not a cost store"));
  base::write_file(path(), "x");
  EXPECT_THAT(refusal(), HasSubstr("not a cost store"));
}

TEST_F(StoreTest, RefusesOtherProgramsDatabases) {
  execute("CREATE TABLE songs (name); PRAGMA user_version = 1");
  EXPECT_THAT(refusal(), HasSubstr("another program's database"));
  execute("PRAGMA journal_mode = WAL");
  EXPECT_THAT(refusal(), HasSubstr("another program's database"));
  execute("PRAGMA user_version = 0");
  EXPECT_THAT(refusal(), HasSubstr("another program's database"));
  execute("DROP TABLE songs; PRAGMA application_id = 7");
  EXPECT_THAT(refusal(), HasSubstr("another program's database (application id 0x7"));
}

TEST_F(StoreTest, LeavesTheLogOfAnotherProgramAlone) {
  const pid_t killed = start([&] {
    SQLite::Database database(path().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE songs (name)");
    ::raise(SIGKILL);
  });
  EXPECT_FALSE(has_succeeded(killed));
  const auto digest_of_log = [&] { return base::digest_of(base::read_file(path().string() + "-wal", 1 << 20)); };
  const std::string log = digest_of_log();
  const std::string before = digest();
  EXPECT_THROW(Store{path()}, base::Error);
  EXPECT_EQ(digest(), before);
  EXPECT_EQ(digest_of_log(), log);
}

TEST_F(StoreTest, RefusesANewerSchema) {
  write_all(*std::make_unique<Store>(path()), everything());
  execute("PRAGMA user_version = 6");
  EXPECT_THAT(refusal(), HasSubstr("a cost store of version 6, this Tandem reads up to version 5"));
}

TEST_F(StoreTest, RefusesATruncatedStore) {
  write_all(*std::make_unique<Store>(path()), everything());
  const std::string whole = content();
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{99}, std::size_t{4096}, whole.size() / 2, whole.size() - 1}) {
    base::write_file(path(), whole.substr(0, size));
    EXPECT_NE(refusal(), "no error") << size;
  }
}

TEST_F(StoreTest, RefusesAStoreThatLostItsContentButNotItsLog) {
  base::write_file(path(), "");
  base::write_file(path().string() + "-wal", "log");
  EXPECT_THROW(Store{path()}, base::Error);
  EXPECT_EQ(base::read_file(path().string() + "-wal", 100), "log");
}

TEST_F(StoreTest, RefusesABitFlippedStoreOrReadsItWithoutHarm) {
  write_all(*std::make_unique<Store>(path()), everything());
  EXPECT_GT(count_refusals_of_flipped(content()), 0);
}

TEST_F(StoreTest, RefusesABitFlippedStoreOfVersion1OrReadsItWithoutHarm) {
  execute(kVersion1);
  EXPECT_GT(count_refusals_of_flipped(content()), 0);
}

TEST_F(StoreTest, RefusesABitFlippedStoreOfVersion2OrReadsItWithoutHarm) {
  execute(kVersion2);
  EXPECT_GT(count_refusals_of_flipped(content()), 0);
}

TEST_F(StoreTest, RefusesABitFlippedStoreOfVersion3OrReadsItWithoutHarm) {
  execute(kVersion3);
  EXPECT_GT(count_refusals_of_flipped(content()), 0);
}

TEST_F(StoreTest, SaysWhichRowIsDamaged) {
  write_all(*std::make_unique<Store>(path()), everything());
  const auto message_after = [&](const char* sql) -> std::string {
    execute(sql);
    try {
      read_all(Store(path()));
    } catch (const base::Error& error) {
      return error.message();
    }
    return "no error";
  };
  const std::string start = path().string() + ": the cost store is damaged: ";
  EXPECT_EQ(message_after("UPDATE stages SET samples_ms = x'00' WHERE rowid = 1"), start + "1 bytes of samples");
  EXPECT_THAT(message_after("UPDATE stages SET layers = '4-x' WHERE rowid = 1"),
              testing::StartsWith(start + "stages: layers: "));
  EXPECT_THAT(message_after("UPDATE examinations SET kernels = '[{}]'"),
              testing::StartsWith(start + "examinations: kernels[0]: "));
}

TEST_F(StoreTest, SaysWhichCodecIsDamaged) {
  const auto message_after = [&](const char* sql) -> std::string {
    Store(path()).put(cost::some_codec_rate());
    execute(sql);
    try {
      Store(path()).codec_rates_of("digest");
    } catch (const base::Error& error) {
      return error.message();
    }
    return "no error";
  };
  const std::string start = path().string() + ": the cost store is damaged: ";
  EXPECT_THAT(message_after("UPDATE codec_rates SET losses = '[{}]'"),
              testing::StartsWith(start + "codec_rates: losses[0]: 'exit' is missing"));
  EXPECT_THAT(message_after("UPDATE codec_rates SET description = x''"),
              testing::StartsWith(start + "codec_rates: description: 0 bytes, expected 1 to 8388608"));
}

TEST_F(StoreTest, SaysWhichExitIsDamaged) {
  const auto message_after = [&](const char* sql) -> std::string {
    Store(path()).put(some_exit_statistics());
    execute(sql);
    try {
      Store(path()).all_exit_statistics();
    } catch (const base::Error& error) {
      return error.message();
    }
    return "no error";
  };
  const std::string start = path().string() + ": the cost store is damaged: ";
  EXPECT_EQ(message_after("UPDATE exits SET margin = x'000000'"), start + "3 bytes of samples");
  EXPECT_THAT(message_after("UPDATE exits SET margin = x'00000000' WHERE place = 1"),
              testing::StartsWith(start + "exits: exits[1]: margin: expected a list of 3 entries"));
  EXPECT_THAT(message_after("UPDATE exits SET softmax = x'0000C07F0000000000000000' WHERE place = 0"),
              testing::StartsWith(start + "exits: exits[0]: softmax[0]: expected a number in [0, 1]"));
  EXPECT_THAT(message_after("UPDATE exits SET correct = x''"), HasSubstr("correct: expected at least one sample"));
  EXPECT_EQ(message_after("DELETE FROM exits WHERE place = 0"), start + "exits: exit 0 is missing");
}

base::Error error_of_sqlite(int code) {
  return error_of("costs.db", SQLite::Exception("reason", code));
}

TEST(StoreErrors, TellAFullDiskFromAReadOnlyStore) {
  EXPECT_EQ(error_of_sqlite(SQLITE_FULL).kind(), base::ErrorKind::ResourceExhausted);
  EXPECT_EQ(error_of_sqlite(SQLITE_READONLY).kind(), base::ErrorKind::Refused);
  EXPECT_EQ(error_of_sqlite(SQLITE_CANTOPEN).kind(), base::ErrorKind::Refused);
  EXPECT_EQ(error_of("/nowhere/costs.db", SQLite::Exception("reason", SQLITE_CANTOPEN)).kind(),
            base::ErrorKind::NotFound);
  EXPECT_EQ(error_of_sqlite(SQLITE_IOERR).kind(), base::ErrorKind::Unavailable);
}

TEST_F(StoreTest, SaysThatItsPlaceIsAFolder) {
  std::filesystem::create_directory(path());
  try {
    Store store(path());
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput) << error.message();
  }
}

TEST_F(StoreTest, LosesNothingWhenSeveralProcessesCreateAndAppend) {
  EXPECT_EQ(count_successes(4,
                            [&](int process) {
                              Store store(path());
                              for (int i = 0; i < 50; ++i) store.append(sample(process * 50 + i));
                            }),
            4);
  auto samples = Store(path()).all_stage_times().at(0).samples_ms;
  std::ranges::sort(samples);
  ASSERT_EQ(samples.size(), 200u);
  for (std::size_t i = 0; i < samples.size(); ++i) EXPECT_EQ(samples[i], static_cast<double>(i));
}

TEST_F(StoreTest, IsBroughtUpToDateOnceBySeveralProcesses) {
  for (int round = 0; round < 5; ++round) {
    std::filesystem::remove(path());
    execute(kVersion1);
    EXPECT_EQ(count_successes(4,
                              [&](int) {
                                if (read_all(Store(path())) != what_version_1_held()) throw std::runtime_error("lost");
                              }),
              4);
  }
}

TEST_F(StoreTest, IsOpenedAndClosedBySeveralProcessesAtAnyTime) {
  EXPECT_EQ(count_successes(4,
                            [&](int process) {
                              for (int i = 0; i < 25; ++i) Store(path()).append(sample(process));
                            }),
            4);
  EXPECT_EQ(Store(path()).all_stage_times().at(0).samples_ms.size(), 100u);
}

TEST_F(StoreTest, KeepsFinishedWritesWhenItsProcessIsKilled) {
  std::mt19937 random(7);
  std::size_t kept = 0;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = start([&] {
      Store store(path());
      for (std::size_t i = kept;; ++i) {
        store.append(sample(static_cast<double>(i)));
        if (::write(ends[1], "+", 1) != 1) return;
      }
    });
    ::close(ends[1]);
    char acknowledged = 0;
    for (auto wanted = random() % 20; wanted > 0 && ::read(ends[0], &acknowledged, 1) == 1; --wanted) ++kept;
    ::kill(child, SIGKILL);
    while (::read(ends[0], &acknowledged, 1) == 1) ++kept;
    ::close(ends[0]);
    EXPECT_FALSE(has_succeeded(child));

    const auto times = Store(path()).all_stage_times();
    const auto samples = times.empty() ? std::vector<double>{} : times[0].samples_ms;
    ASSERT_GE(samples.size(), kept);
    for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_EQ(samples[i], static_cast<double>(i));
    kept = samples.size();
  }
}

TEST_F(StoreTest, LiesAtThePlaceThatTheEnvironmentNames) {
  ::setenv("TANDEM_STORE", "", 1);
  ::setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(Store::default_path(), "/data/tandem/costs.db");
  ::setenv("TANDEM_STORE", "/mine.db", 1);
  EXPECT_EQ(Store::default_path(), "/mine.db");
  ::unsetenv("TANDEM_STORE");
  ::unsetenv("XDG_DATA_HOME");
}

}  // namespace
}  // namespace tandem::store
