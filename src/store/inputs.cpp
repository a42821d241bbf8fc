// Table `inputs`: for each model, the values that it was measured on; the newest twenty.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "store/database.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

using base::Json;
using base::JsonView;

constexpr int kMostModels = 20;
constexpr std::int64_t kMostDimension = std::int64_t{1} << 40;

Json types_of(const std::vector<base::NamedTensor>& inputs) {
  Json types = Json::array();
  for (const auto& [name, tensor] : inputs)
    types.push_back({{"name", name}, {"element", static_cast<int>(tensor.element())}, {"shape", tensor.shape()}});
  return types;
}

base::NamedType type_from(const JsonView& view) {
  base::NamedType named;
  named.name = view["name"].string();
  named.type.element = static_cast<base::ElementType>(view["element"].integer(1, 16));
  for (const auto& dimension : view["shape"].items()) named.type.shape.push_back(dimension.integer(0, kMostDimension));
  return named;
}

// The tensors lie one after the other in `content`.
std::vector<base::NamedTensor> inputs_from(const JsonView& types, std::span<const std::uint8_t> content) {
  std::vector<base::NamedTensor> inputs;
  for (const auto& entry : types.items()) {
    const base::NamedType named = type_from(entry);
    const std::size_t size = base::size_bytes(named.type);
    if (size > content.size()) entry.fail(fmt::format("at most {} bytes", content.size()));
    inputs.push_back({named.name, base::Tensor::of<std::uint8_t>(named.type, content.first(size))});
    content = content.subspan(size);
  }
  return inputs;
}

}  // namespace

const char* const kCreateInputs = R"(
  CREATE TABLE inputs (
    model TEXT NOT NULL PRIMARY KEY, types TEXT NOT NULL, content BLOB NOT NULL) STRICT;
)";

bool Store::remember_inputs(const std::string& model, const std::vector<base::NamedTensor>& inputs) {
  Blob content;
  for (const auto& input : inputs) {
    if (content.size() + input.tensor.size() > kMostInputBytes) return false;
    const auto bytes = input.tensor.bytes();
    std::ranges::transform(bytes, std::back_inserter(content), [](std::byte byte) { return std::uint8_t(byte); });
  }
  write_together([&] {
    database_->insert("inputs", {{"model", model}, {"types", text_of(types_of(inputs))}, {"content", content}});
    // Each insertion gets the next rowid.
    database_->sqlite.exec(
        fmt::format("DELETE FROM inputs WHERE rowid <= (SELECT max(rowid) FROM inputs) - {}", kMostModels));
  });
  return true;
}

std::vector<base::NamedTensor> Store::inputs_of(const std::string& model) const {
  std::vector<base::NamedTensor> inputs;
  const std::string place = damaged(database_->path, "inputs").message();
  const auto read = [&](SQLite::Statement& row) {
    const Json types = base::parse_json(row.getColumn("types").getString(), place);
    const auto content = numbers_of<std::uint8_t>(value_of(row.getColumn("content")), database_->path);
    inputs = inputs_from(JsonView(types, place), content);
  };
  database_->for_each("SELECT types, content FROM inputs WHERE model = ?", read, model);
  return inputs;
}

}  // namespace tandem::store
