// Table `codec_rates`: a row for each setting of a codec on a tensor, its losses as JSON.
#include "store/database.h"
#include "store/exchange.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

constexpr const char* kTable = "codec_rates";
constexpr const char* kInOrder = " ORDER BY model, tensor, codec, data";

constexpr auto kLossFields = [](auto& fields, auto& loss) {
  fields.text("exit", loss.exit);
  fields.number("loss_points", loss.loss_points, kPoints);
  fields.number("loss_high_points", loss.loss_high_points, kPoints);
  fields.number("disagreement_percent", loss.disagreement, kPercent);
};

constexpr auto kRateFields = [](auto& fields, auto& rate) {
  fields.text("model", rate.model);
  fields.text("tensor", rate.tensor);
  fields.text("data", rate.data);
  fields.text("codec", rate.codec);
  fields.bytes("description", rate.description, kMostDescriptionBytes);
  fields.whole("measured_at_s", rate.measured_at_s, kUnixTime);
  fields.whole("elements", rate.elements, kElementCount);
  fields.whole("samples", rate.samples, kSampleCount);
  fields.number("size_bytes", rate.bytes, kAmount);
  fields.number("calibration_loss_points", rate.calibration_loss_points, kPoints);
  fields.list("losses", rate.losses, kMostExits, kLossFields);
};

}  // namespace

const char* const kCreateCodecRates = R"(
  CREATE TABLE codec_rates (
    model TEXT NOT NULL, tensor TEXT NOT NULL, data TEXT NOT NULL, codec TEXT NOT NULL,
    description BLOB NOT NULL, measured_at_s INTEGER NOT NULL,
    elements INTEGER NOT NULL, samples INTEGER NOT NULL, size_bytes REAL NOT NULL,
    calibration_loss_points REAL NOT NULL,
    losses TEXT NOT NULL,     -- JSON
    PRIMARY KEY (model, tensor, data, codec)) STRICT;
)";

base::Json json_of(const cost::CodecLoss& loss) {
  return write_json(loss, kLossFields);
}

base::Json json_of(const cost::CodecRate& rate) {
  return write_json(rate, kRateFields);
}

void read(const base::JsonView& view, cost::CodecRate& rate) {
  rate = read_json<cost::CodecRate>(view, kRateFields);
}

void Store::put(const cost::CodecRate& rate) {
  database_->put(kTable, rate, kRateFields);
}

void Store::forget_codec_rates(const std::string& model, const std::string& data) {
  write_together([&] {
    database_->remove(kTable, "WHERE model = ? AND data = ?", model, data);
    database_->remove("codec_times",
                      "WHERE model = ?1 AND (tensor, codec) NOT IN"
                      " (SELECT tensor, codec FROM codec_rates WHERE model = ?1)",
                      model);
  });
}

std::vector<cost::CodecRate> Store::codec_rates_of(const std::string& model) const {
  return database_->find<cost::CodecRate>(kTable, kRateFields,
                                          std::string("SELECT * FROM codec_rates WHERE model = ?") + kInOrder, model);
}

std::vector<cost::CodecRate> Store::all_codec_rates() const {
  return database_->find<cost::CodecRate>(kTable, kRateFields, std::string("SELECT * FROM codec_rates") + kInOrder);
}

}  // namespace tandem::store
