#include "codec/description.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::codec {
namespace {

constexpr std::size_t kMostBytes = 200;

[[noreturn]] void fail(const std::string& message) {
  throw base::Error(base::ErrorKind::InvalidInput, "codec " + message);
}

}  // namespace

Description::Description(std::string_view text) {
  if (text.size() > kMostBytes)
    fail(fmt::format("description: {} bytes, expected at most {}", text.size(), kMostBytes));
  name_ = text.substr(0, text.find(' '));
  std::string_view rest = text.substr(name_.size());
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view word = rest.substr(0, rest.find(' '));
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      fail(fmt::format("'{}': found '{}' where key=value was expected", text, word));
    }
    if (!values_.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      fail(fmt::format("'{}': '{}' is given twice", text, word.substr(0, equals)));
    }
    rest.remove_prefix(word.size());
  }
}

template <class Number>
Number Description::parse(const std::string& key, Number least, Number most, std::optional<Number> otherwise) const {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    if (!otherwise) fail(fmt::format("'{}': {}= is missing, expected a number from {} to {}", name_, key, least, most));
    return *otherwise;
  }
  const std::string& text = found->second;
  Number value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = status == std::errc{} && end == text.data() + text.size();
  if (!is_number || !(value >= least && value <= most)) {
    fail(fmt::format("'{}': {}={}, expected a number from {} to {}", name_, key, text, least, most));
  }
  return value;
}

int Description::whole(const std::string& key, int least, int most, std::optional<int> otherwise) const {
  return parse<int>(key, least, most, otherwise);
}

float Description::number(const std::string& key, float least, float most, std::optional<float> otherwise) const {
  return parse<float>(key, least, most, otherwise);
}

void Description::expect_only(std::initializer_list<std::string_view> keys) const {
  for (const auto& [key, value] : values_) {
    if (std::ranges::find(keys, key) != keys.end()) continue;
    fail(fmt::format("'{}': unknown '{}={}', expected {}", name_, key, value,
                     keys.size() == 0 ? "nothing after the name" : fmt::format("only {}", fmt::join(keys, ", "))));
  }
}

}  // namespace tandem::codec
