#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace tandem::base {
namespace {

constexpr int kMaxDepth = 64;

std::string abbreviated(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

// While a text is parsed: refuses depth, and keys that an object has twice, of which a parser takes the last one.
class Watch {
 public:
  explicit Watch(const std::string& source) : source_(source), keys_(kMaxDepth + 2) {}

  // As the parser reports: an object begins at its parent's depth, its keys come one deeper.
  void see(int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > kMaxDepth) fail(fmt::format("nested deeper than {} levels", kMaxDepth));
    const auto level = static_cast<std::size_t>(depth);
    if (event == Json::parse_event_t::object_start) keys_[level + 1].clear();
    if (event != Json::parse_event_t::key) return;
    const auto& key = parsed.get_ref<const std::string&>();
    if (!keys_[level].insert(key).second) fail(fmt::format("key '{}' is given twice in one object", key.substr(0, 60)));
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: {}", source_, reason));
  }

  const std::string& source_;
  std::vector<std::set<std::string>> keys_;  // by depth, of the object that is open there
};

}  // namespace

Json parse_json(std::string_view text, const std::string& source) {
  Watch watch(source);
  try {
    return Json::parse(text, [&](int depth, Json::parse_event_t event, Json& parsed) {
      watch.see(depth, event, parsed);
      return true;
    });
  } catch (const Json::exception& error) {
    std::string reason = error.what();
    if (const auto end_of_tag = reason.find("] "); end_of_tag != std::string::npos)
      reason = reason.substr(end_of_tag + 2);
    std::ranges::replace_if(
        reason, [](unsigned char c) { return c < 0x20; }, ' ');
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: not valid JSON: {}", source, reason.substr(0, 200)));
  }
}

void JsonView::fail(std::string_view expected) const {
  throw Error(ErrorKind::InvalidInput, fmt::format("{}: expected {}, found {}", where_, expected, abbreviated(*json_)));
}

JsonView JsonView::operator[](std::string_view key) const {
  if (auto member = find(key)) return *member;
  throw Error(ErrorKind::InvalidInput, fmt::format("{}: '{}' is missing", where_, key));
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
  if (!json_->is_object()) fail("an object");
  const auto member = json_->find(std::string(key));
  if (member == json_->end() || member->is_null()) return std::nullopt;
  return JsonView(*member, fmt::format("{}: {}", where_, key));
}

std::vector<JsonView> JsonView::items(std::size_t limit) const {
  if (!json_->is_array()) fail("a list");
  if (json_->size() > limit) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: {} entries, expected at most {}", where_, json_->size(), limit));
  }
  std::vector<JsonView> views;
  views.reserve(json_->size());
  for (std::size_t i = 0; i < json_->size(); ++i) views.emplace_back((*json_)[i], fmt::format("{}[{}]", where_, i));
  return views;
}

std::vector<std::pair<std::string, JsonView>> JsonView::members() const {
  if (!json_->is_object()) fail("an object");
  std::vector<std::pair<std::string, JsonView>> views;
  for (const auto& [key, value] : json_->items())
    views.emplace_back(key, JsonView(value, fmt::format("{}: {}", where_, key)));
  return views;
}

void JsonView::allow_only(std::initializer_list<std::string_view> keys) const {
  if (!json_->is_object()) fail("an object");
  for (const auto& member : json_->items()) {
    if (std::ranges::find(keys, member.key()) == keys.end()) {
      throw Error(ErrorKind::InvalidInput, fmt::format("{}: unknown key '{}', expected one of: {}", where_,
                                                       member.key().substr(0, 60), fmt::join(keys, ", ")));
    }
  }
}

std::string JsonView::string(std::size_t max_length) const {
  if (!json_->is_string()) fail("text");
  const auto& text = json_->get_ref<const std::string&>();
  if (text.size() > max_length) fail(fmt::format("text of at most {} bytes", max_length));
  return text;
}

bool JsonView::boolean() const {
  if (!json_->is_boolean()) fail("true or false");
  return json_->get<bool>();
}

double JsonView::number(double minimum, double maximum) const {
  if (!json_->is_number()) fail("a number");
  const double value = json_->get<double>();
  if (!std::isfinite(value) || value < minimum || value > maximum) {
    fail(fmt::format("a number in [{}, {}]", minimum, maximum));
  }
  return value;
}

std::int64_t JsonView::integer(std::int64_t minimum, std::int64_t maximum) const {
  const bool is_too_large = json_->is_number_unsigned() && json_->get<std::uint64_t>() > std::uint64_t{INT64_MAX};
  if (!json_->is_number_integer() || is_too_large) fail("a whole number");
  const auto value = json_->get<std::int64_t>();
  if (value < minimum || value > maximum) fail(fmt::format("a whole number in [{}, {}]", minimum, maximum));
  return value;
}

}  // namespace tandem::base
