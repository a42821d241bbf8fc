// Table `codec_times`: a row for each codec on a tensor on a target.
#include "store/database.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

constexpr const char* kTable = "codec_times";
constexpr const char* kInOrder = " ORDER BY model, target, tensor, codec, machine, engine";

constexpr auto kTimeFields = [](auto& fields, auto& time) {
  kIdentityFields(fields, time.identity);
  fields.text("tensor", time.tensor);
  fields.text("codec", time.codec);
  fields.number("encode_ms", time.encode_ms, kMilliseconds);
  fields.number("decode_ms", time.decode_ms, kMilliseconds);
  fields.whole("measured_at_s", time.measured_at_s, kUnixTime);
};

}  // namespace

const char* const kCreateCodecTimes = R"(
  CREATE TABLE codec_times (
    model TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, engine TEXT NOT NULL,
    tensor TEXT NOT NULL, codec TEXT NOT NULL,
    encode_ms REAL NOT NULL, decode_ms REAL NOT NULL, measured_at_s INTEGER NOT NULL,
    PRIMARY KEY (model, target, machine, engine, tensor, codec)) STRICT;
)";

base::Json json_of(const cost::CodecTime& time) {
  return write_json(time, kTimeFields);
}

void read(const base::JsonView& view, cost::CodecTime& time) {
  time = read_json<cost::CodecTime>(view, kTimeFields);
}

void Store::put(const cost::CodecTime& time) {
  database_->put(kTable, time, kTimeFields);
}

// A bare column beside max() is of the row that has it.
std::vector<cost::CodecTime> Store::codec_times_of(const std::string& model) const {
  return database_->find<cost::CodecTime>(
      kTable, kTimeFields,
      std::string("SELECT *, max(measured_at_s) FROM codec_times WHERE model = ? GROUP BY target, tensor, codec") +
          kInOrder,
      model);
}

std::vector<cost::CodecTime> Store::all_codec_times() const {
  return database_->find<cost::CodecTime>(kTable, kTimeFields, std::string("SELECT * FROM codec_times") + kInOrder);
}

}  // namespace tandem::store
