#include "engine/onnxruntime/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>

namespace tandem::engine {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kLongestText = 1500;  // that is looked at: a regular expression takes stack by length
constexpr std::size_t kLongestReason = 400;

struct Rewriting {
  std::regex pattern;
  const char* replacement;
};

// Each names the operator and its node in the same way: "Mod 'node': ".
const auto& rewritings() {
  static const std::array list = {
      Rewriting{
          std::regex(R"re(Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message: )re"),
          "$1 '$2': "},
      Rewriting{std::regex(R"re(In Node, \("([^"]*)", ([^,]*), [^)]*\) : .* , Error )re"), "$2 '$1': "},
      Rewriting{std::regex(R"re(Node ?\(([^)]*)\) Op \(([^)]*)\) )re"), "$2 '$1': "},
      Rewriting{std::regex(R"re(Node ?\([^)]*\) with schema\([^)]*\) )re"), ""},
      Rewriting{
          std::regex(R"re((Exception during (initialization|loading): |Fatal error: |This is an invalid model\. ))re"),
          ""},
      Rewriting{std::regex(R"re((\[\w+InferenceError\] |Type Error: | If you need support create a github issue.*))re"),
                ""},
      Rewriting{std::regex(R"re( ''| (in node|node with name) (\(\)|''))re"), ""},
      Rewriting{std::regex(R"re(\b(locale|onnx|onnxruntime|std)(::\w+)+ ?)re"), ""},
  };
  return list;
}

// What the engine lacks; '&' stands for its name.
const auto& gaps() {
  static const std::array list = {
      Rewriting{std::regex(R"re(.*Unsupported model IR version: (\d+), max supported IR version: (\d+).*)re"),
                "IR version $1 is not supported: & takes versions up to $2"},
      Rewriting{std::regex(R"re(.*Opset (\d+) is under development.*for domain (\S+) is till opset (\d+).*)re"),
                "opset $1 of domain $2 is not supported: & takes opsets up to $3"},
      Rewriting{std::regex(R"re(.*?([\w.]+):(\w+)\(-?\d+\) is not a registered function/op.*)re"),
                "operator '$2' of domain '$1' is not supported: & has none of this name; --custom-ops loads a library "
                "of operators, here and at an agent"},
      Rewriting{std::regex(R"re(.*?No Op registered for (\S+) with domain_version of (\d+).*)re"),
                "operator '$1' is not supported: & has none of this name in opset $2, the file's"},
      Rewriting{std::regex(R"re(.*?Could not find an implementation for (\w+)\((\d+)\).*)re"),
                "operator '$1' of opset $2 is not supported: & takes opsets from 7 on, and not every element type"},
  };
  return list;
}

bool says_unsupported(const std::string& text) {
  static const std::regex pattern(R"re(\b(not|un)[ -]?(yet )?(supported|implemented)\b)re", std::regex::icase);
  return std::regex_search(text, pattern);
}

std::string squeezed(std::string_view text) {
  std::string line;
  for (const unsigned char c : text.substr(0, kLongestText)) {
    const bool is_blank = c <= 0x20 || c == 0x7f;
    if (!is_blank) line += static_cast<char>(c);
    if (is_blank && !line.empty() && line.back() != ' ') line += ' ';
  }
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

bool begins_with_any(std::string_view text, std::initializer_list<std::string_view> beginnings) {
  return std::ranges::any_of(beginnings, [&](std::string_view beginning) { return text.starts_with(beginning); });
}

// The end of a function as a compiler prints it: "T ns::C<T>::f(const U&) const [with T = float] ". The blank that ends
// it is outside of all brackets and behind those of the parameters.
std::size_t end_of_signature(std::string_view text) {
  int depth = 0;
  bool has_parameters = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    has_parameters = has_parameters || (c == '(' && depth == 0);
    if (c == '(' || c == '[' || c == '{' || c == '<') ++depth;
    if ((c == ')' || c == ']' || c == '}' || c == '>') && depth > 0) --depth;
    const bool is_end = c == ' ' && depth == 0 && has_parameters;
    if (is_end && !begins_with_any(text.substr(i), {" const ", " const:", " [with ", " noexcept "})) return i + 1;
  }
  return text.size();
}

// The condition of the engine's code that failed, where an explanation follows.
std::size_t end_of_condition(std::string_view text) {
  constexpr std::string_view kEnd = " was false. ";
  const auto found = text.find(kEnd);
  return found == std::string_view::npos ? 0 : found + kEnd.size();
}

// "/path/file.cc:12 void ns::f(int) condition was false. ", or "file.cc:12 f ": each with what belongs to it.
std::string without_code(std::string text) {
  static const std::regex kPlace(R"re(\S+\.(cc|cpp|cu|h|hpp):\d+ )re");
  std::smatch place;
  while (std::regex_search(text, place, kPlace)) {
    const std::string before = place.prefix();
    const std::string after = place.suffix();
    const bool has_signature = place.str().starts_with('/');
    const std::size_t end = has_signature ? end_of_signature(after) : std::min(after.find(' '), after.size() - 1) + 1;
    text = before + after.substr(end + end_of_condition(std::string_view(after).substr(end)));
  }
  return text;
}

}  // namespace

std::string reason_in(std::string_view text) {
  std::string reason = without_code(squeezed(text));
  for (const auto& [pattern, replacement] : rewritings()) reason = std::regex_replace(reason, pattern, replacement);
  reason = squeezed(reason);
  if (reason.empty()) return "no reason given";
  return reason.size() <= kLongestReason ? reason : reason.substr(0, kLongestReason) + "…";
}

Error refusal_of(std::string_view text, const std::string& engine) {
  const std::string whole = without_code(squeezed(text));
  std::smatch match;
  for (const auto& [pattern, replacement] : gaps()) {
    if (!std::regex_match(whole, match, pattern)) continue;
    std::string message = match.format(replacement);
    return {ErrorKind::Unsupported, message.replace(message.find('&'), 1, engine)};
  }
  return {says_unsupported(whole) ? ErrorKind::Unsupported : ErrorKind::InvalidInput,
          fmt::format("{} refuses the graph: {}", engine, reason_in(text))};
}

}  // namespace tandem::engine
