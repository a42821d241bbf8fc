// A description in words: "jalad bits=3": a name and parameters, in any order. For codec's own sources.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::codec {

class Description {
 public:
  // Throws Error(InvalidInput) unless it is words with one space between them, and key=value after the first.
  explicit Description(std::string_view text);

  const std::string& name() const { return name_; }
  bool has(const std::string& key) const { return values_.contains(key); }
  // The value of a key, or what stands for it where it is missing; throw Error(InvalidInput) when it is missing and
  // nothing stands for it, is no number, or is outside [least, most].
  int whole(const std::string& key, int least, int most, std::optional<int> otherwise = {}) const;
  float number(const std::string& key, float least, float most, std::optional<float> otherwise = {}) const;
  // Throws Error(InvalidInput) when there is a key that is not among these.
  void expect_only(std::initializer_list<std::string_view> keys) const;

 private:
  template <class Number>
  Number parse(const std::string& key, Number least, Number most, std::optional<Number> otherwise) const;

  std::string name_;
  std::map<std::string, std::string> values_;
};

}  // namespace tandem::codec
