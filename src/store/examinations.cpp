// Table `examinations`: a row for each, its kernels as JSON.
#include "store/database.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

constexpr const char* kTable = "examinations";

constexpr auto kFeatureFields = [](auto& fields, auto& features) {
  fields.text("op_type", features.op_type);
  fields.number("multiply_accumulates", features.multiply_accumulates, kAmount);
  fields.number("input_bytes", features.input_bytes, kAmount);
  fields.number("output_bytes", features.output_bytes, kAmount);
  fields.number("weight_bytes", features.weight_bytes, kAmount);
  fields.number("kernel_elements", features.kernel_elements, kAmount);
  fields.number("stride", features.stride, kAmount);
  fields.number("groups", features.groups, kAmount);
  fields.number("input_maps", features.input_maps, kAmount);
  fields.number("filters", features.filters, kAmount);
  fields.number("output_elements", features.output_elements, kAmount);
  fields.number("im2col_bytes", features.im2col_bytes, kAmount);
};

constexpr auto kExaminationFields = [](auto& fields, auto& examination) {
  kIdentityFields(fields, examination.identity);
  fields.whole("measured_at_s", examination.measured_at_s, kUnixTime);
  fields.whole("layer_count", examination.layer_count, kLayerCount);
  fields.number("load_ms", examination.load_ms, kMilliseconds);
  fields.number("resident_bytes", examination.resident_bytes, kAmount);
  fields.number("peak_bytes", examination.peak_bytes, kAmount);
  fields.list("kernels", examination.kernels, kMostEntries, [&](auto& kernel_fields, auto& kernel) {
    kernel_fields.text("name", kernel.name);
    kernel_fields.text("op_type", kernel.op_type);
    kernel_fields.number("median_ms", kernel.median_ms, kMilliseconds);
    kernel_fields.indices("layers", kernel.layers, examination.layer_count);
    kernel_fields.optional("features", kernel.features, kFeatureFields);
  });
};

}  // namespace

const char* const kCreateExaminations = R"(
  CREATE TABLE examinations (
    model TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, engine TEXT NOT NULL,
    measured_at_s INTEGER NOT NULL, layer_count INTEGER NOT NULL,
    load_ms REAL NOT NULL, resident_bytes REAL NOT NULL, peak_bytes REAL NOT NULL,
    kernels TEXT NOT NULL,    -- JSON
    PRIMARY KEY (model, target, machine, engine)) STRICT;
)";

base::Json json_of(const cost::Examination& examination) {
  return write_json(examination, kExaminationFields);
}

void read(const base::JsonView& view, cost::Examination& examination) {
  examination = read_json<cost::Examination>(view, kExaminationFields);
}

void Store::put(const cost::Examination& examination) {
  database_->put(kTable, examination, kExaminationFields);
}

std::optional<cost::Examination> Store::examination(const cost::Identity& identity) const {
  return first_of(database_->find<cost::Examination>(
      kTable, kExaminationFields, std::string("SELECT * FROM examinations ") + kSameIdentity, identity.model,
      identity.target, identity.machine, identity.engine));
}

std::optional<cost::Examination> Store::latest_examination(const std::string& model, const std::string& target) const {
  return first_of(database_->find<cost::Examination>(kTable, kExaminationFields,
                                                     "SELECT * FROM examinations WHERE model = ? AND target = ?"
                                                     " ORDER BY measured_at_s DESC, machine, engine LIMIT 1",
                                                     model, target));
}

std::vector<cost::Examination> Store::examinations_like(const std::string& machine, const std::string& engine) const {
  return database_->find<cost::Examination>(
      kTable, kExaminationFields, "SELECT * FROM examinations WHERE machine = ? AND engine = ? ORDER BY model, target",
      machine, engine);
}

std::vector<cost::Examination> Store::all_examinations() const {
  return database_->find<cost::Examination>(kTable, kExaminationFields,
                                            "SELECT * FROM examinations ORDER BY model, target, machine, engine");
}

}  // namespace tandem::store
