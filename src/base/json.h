// JSON reading that explains itself: a JsonView knows where it is in which file, so each error names the path, the
// value seen and what was expected. YAML files are converted to the same tree (yaml.h), so they are read the same way.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace tandem::base {

using Json = nlohmann::ordered_json;  // who looks into one includes <nlohmann/json.hpp>, which is slow to compile

// Throws Error(InvalidInput) with `source` (usually a file name), line and column, or when nested deeper than 64.
Json parse_json(std::string_view text, const std::string& source);

// A place in a JSON tree. All accessors throw Error(InvalidInput) when the value is not what the name says.
// Refers to the tree: it must outlive the view.
class JsonView {
 public:
  JsonView(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {}

  JsonView operator[](std::string_view key) const;                   // required member of an object
  std::optional<JsonView> find(std::string_view key) const;          // absent or null: nullopt
  std::vector<JsonView> items(std::size_t limit = 1'000'000) const;  // elements of an array
  std::vector<std::pair<std::string, JsonView>> members() const;     // of an object, in order
  void allow_only(std::initializer_list<std::string_view> keys) const;

  std::string string(std::size_t max_length = 4096) const;
  bool boolean() const;
  double number(double minimum = std::numeric_limits<double>::lowest(),
                double maximum = std::numeric_limits<double>::max()) const;  // finite, [minimum, maximum]
  std::int64_t integer(std::int64_t minimum, std::int64_t maximum) const;    // [minimum, maximum]

  // Throws Error(InvalidInput) "where: expected …, found …".
  [[noreturn]] void fail(std::string_view expected) const;
  const std::string& where() const { return where_; }
  const Json& json() const { return *json_; }

 private:
  const Json* json_;
  std::string where_;
};

}  // namespace tandem::base
