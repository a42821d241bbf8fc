// Reads JSON with precise errors: a JsonView knows its file and its path in it, so each error names the path, the value
// found and the value expected. YAML files are converted to the same tree (yaml.h). Used wherever a file or a message
// is read. Views of one tree may be used by several threads.
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

using Json = nlohmann::ordered_json;  // files that look into one include <nlohmann/json.hpp>, which is slow to compile

// `source`, usually a file name, begins the messages. Throws Error(InvalidInput) on text that is not JSON, with line
// and column, is nested deeper than 64 levels, or has an object with the same key twice.
Json parse_json(std::string_view text, const std::string& source);

// A place in a JSON tree, which must outlive the view. Accessors throw Error(InvalidInput) on a value of another kind.
class JsonView {
 public:
  JsonView(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {}

  JsonView operator[](std::string_view key) const;                      // required member of an object
  std::optional<JsonView> find(std::string_view key) const;             // absent or null: nullopt
  std::vector<JsonView> items(std::size_t limit = 1'000'000) const;     // elements of an array
  std::vector<std::pair<std::string, JsonView>> members() const;        // of an object, in order
  void allow_only(std::initializer_list<std::string_view> keys) const;  // throws on any other key

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
