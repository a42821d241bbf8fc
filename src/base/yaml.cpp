#include "base/yaml.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace tandem::base {
namespace {

constexpr int kMaxDepth = 64;
constexpr int kMaxNodes = 100'000;

class Converter {
 public:
  explicit Converter(const std::string& source) : source_(source) {}

  Json convert(const YAML::Node& node, int depth = 0) {
    if (depth > kMaxDepth || ++nodes_ > kMaxNodes) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("{}: more than {} levels or {} nodes", source_, kMaxDepth, kMaxNodes));
    }
    switch (node.Type()) {
      case YAML::NodeType::Map:
        return convert_map(node, depth);
      case YAML::NodeType::Sequence:
        return convert_sequence(node, depth);
      case YAML::NodeType::Scalar:
        return convert_scalar(node);
      default:
        return nullptr;
    }
  }

 private:
  Json convert_map(const YAML::Node& node, int depth) {
    Json object = Json::object();
    for (const auto& member : node) {
      if (!member.first.IsScalar()) {
        throw Error(ErrorKind::InvalidInput,
                    fmt::format("{}:{}: expected plain text as a key", source_, member.first.Mark().line + 1));
      }
      const std::string& key = member.first.Scalar();
      if (object.contains(key)) {
        throw Error(ErrorKind::InvalidInput, fmt::format("{}:{}: key '{}' is given twice", source_,
                                                         member.first.Mark().line + 1, key.substr(0, 60)));
      }
      object[key] = convert(member.second, depth + 1);
    }
    return object;
  }

  Json convert_sequence(const YAML::Node& node, int depth) {
    Json array = Json::array();
    for (const auto& item : node) array.push_back(convert(item, depth + 1));
    return array;
  }

  static Json convert_scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    const bool is_quoted = node.Tag() == "!";
    if (is_quoted || text.empty()) return text;
    if (text == "true") return true;
    if (text == "false") return false;
    if (text == "null" || text == "~") return nullptr;
    const char* const end = text.data() + text.size();
    std::int64_t whole = 0;
    if (const auto parsed = std::from_chars(text.data(), end, whole); parsed.ec == std::errc{} && parsed.ptr == end)
      return whole;
    double real = 0;
    if (const auto parsed = std::from_chars(text.data(), end, real); parsed.ec == std::errc{} && parsed.ptr == end)
      return real;
    return text;
  }

  const std::string& source_;
  int nodes_ = 0;
};

bool is_marker(std::string_view line, std::string_view marker) {
  return line.starts_with(marker) && (line.size() == marker.size() || line[marker.size()] == ' ' ||
                                      line[marker.size()] == '\t' || line[marker.size()] == '\r');
}

bool is_content(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r");
  return first != std::string_view::npos && line[first] != '#' && line[0] != '%';
}

// 0 if there is none. The library reads the first and ignores others; a marker at the beginning of a line is one
// wherever it stands (YAML 1.2, section 9.1.2).
int line_of_second_document(std::string_view text) {
  bool has_content = false;
  bool has_ended = false;
  for (int line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view content = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool is_end = is_marker(content, "...");
    const bool is_start = is_marker(content, "---");
    if ((is_start && has_content) || (has_ended && !is_end && is_content(content))) return line;
    has_ended = has_ended || (is_end && has_content);
    has_content = has_content || is_start || (!is_end && is_content(content));
  }
  return 0;
}

}  // namespace

Json parse_yaml(std::string_view text, const std::string& source) {
  try {
    const int line = line_of_second_document(text);
    if (line > 0)
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("{}:{}: a second document (after --- or ...), expected one", source, line));
    return Converter(source).convert(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}:{}:{}: not valid YAML: {}", source, error.mark.line + 1,
                                                     error.mark.column + 1, error.msg));
  }
}

}  // namespace tandem::base
