// A description in words, as "jalad bits=3": a name, then parameters in any order. Private to codec/.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::codec {

class Description {
 public:
  // Throws Error(InvalidInput) unless `text` is a name and key=value pairs, with one space between them.
  explicit Description(std::string_view text);

  const std::string& name() const { return name_; }
  bool has(const std::string& key) const { return values_.contains(key); }
  // The value of a key, or `otherwise` where the key is missing. Throw Error(InvalidInput) when the key is missing and
  // there is no `otherwise`, or the value is no number or outside [least, most].
  int whole(const std::string& key, int least, int most, std::optional<int> otherwise = {}) const;
  float number(const std::string& key, float least, float most, std::optional<float> otherwise = {}) const;
  // Throws Error(InvalidInput) on a key that is not among these.
  void expect_only(std::initializer_list<std::string_view> keys) const;

 private:
  template <class Number>
  Number parse(const std::string& key, Number least, Number most, std::optional<Number> otherwise) const;

  std::string name_;
  std::map<std::string, std::string> values_;
};

}  // namespace tandem::codec
