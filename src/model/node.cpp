#include "model/node.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace tandem::model {
namespace {

template <class T>
T value_or(const Node& node, const std::string& wanted, const T& otherwise, const char* expected) {
  const Attribute* attribute = node.find(wanted);
  if (attribute == nullptr) return otherwise;
  if (const T* value = std::get_if<T>(&attribute->value)) return *value;
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("node '{}' ({}): attribute '{}' is not {}", node.name, node.op_type, wanted, expected));
}

}  // namespace

const Attribute* Node::find(const std::string& wanted) const {
  const auto attribute = std::ranges::find(attributes, wanted, &Attribute::name);
  return attribute == attributes.end() ? nullptr : &*attribute;
}

std::int64_t Node::integer(const std::string& wanted, std::int64_t otherwise) const {
  return value_or(*this, wanted, otherwise, "an integer");
}

float Node::number(const std::string& wanted, float otherwise) const {
  return value_or(*this, wanted, otherwise, "a number");
}

std::string Node::text(const std::string& wanted, const std::string& otherwise) const {
  return value_or(*this, wanted, otherwise, "a text");
}

std::vector<std::int64_t> Node::integers(const std::string& wanted, const std::vector<std::int64_t>& otherwise) const {
  return value_or(*this, wanted, otherwise, "a list of integers");
}

std::vector<float> Node::numbers(const std::string& wanted, const std::vector<float>& otherwise) const {
  return value_or(*this, wanted, otherwise, "a list of numbers");
}

}  // namespace tandem::model
