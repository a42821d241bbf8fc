#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

#include "base/error.h"
#include "store/exchange.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

using base::Json;
using base::JsonView;

constexpr std::size_t kMostDescriptionBytes = 8u << 20;  // codec::kMostDescriptionBytes
constexpr std::int64_t kMostElements = 1'000'000'000'000;
constexpr std::int64_t kMostSamples = 1'000'000'000;
constexpr double kMostPoints = 200;  // the ends of intervals lie beyond 100

// Two digits for each byte: a description need not be text.
std::string hexadecimal_of(const std::string& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

std::string read_hexadecimal(const JsonView& view, std::size_t most_bytes) {
  const std::string text = view.string(2 * most_bytes);
  if (text.size() % 2 != 0) view.fail("two hexadecimal digits for each byte");
  std::string bytes(text.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* const end = text.data() + 2 * i + 2;
    unsigned char byte = 0;
    if (std::from_chars(end - 2, end, byte, 16).ptr != end) view.fail("two hexadecimal digits for each byte");
    bytes[i] = static_cast<char>(byte);
  }
  return bytes;
}

// A row of the store has the bytes themselves.
std::string read_description(const JsonView& view) {
  const bool is_binary = view.json().is_binary();
  std::string bytes = is_binary ? std::string(view.json().get_binary().begin(), view.json().get_binary().end())
                                : read_hexadecimal(view, kMostDescriptionBytes);
  if (!bytes.empty() && bytes.size() <= kMostDescriptionBytes) return bytes;
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("{}: {} bytes, expected 1 to {}", view.where(), bytes.size(), kMostDescriptionBytes));
}

double read_points(const JsonView& view) {
  return view.number(-kMostPoints, kMostPoints);
}

cost::CodecLoss read_loss(const JsonView& view) {
  return {view["exit"].string(), read_points(view["loss_points"]), read_points(view["loss_high_points"]),
          view["disagreement_percent"].number(0, 100)};
}

}  // namespace

Json json_of(const cost::CodecLoss& loss) {
  return {{"exit", loss.exit},
          {"loss_points", loss.loss_points},
          {"loss_high_points", loss.loss_high_points},
          {"disagreement_percent", loss.disagreement}};
}

Json json_of(const cost::CodecRate& rate) {
  Json losses = Json::array();
  for (const auto& loss : rate.losses) losses.push_back(json_of(loss));
  return {{"model", rate.model},
          {"tensor", rate.tensor},
          {"data", rate.data},
          {"codec", rate.codec},
          {"description", hexadecimal_of(rate.description)},
          {"measured_at_s", rate.measured_at_s},
          {"elements", rate.elements},
          {"samples", rate.samples},
          {"size_bytes", rate.bytes},
          {"calibration_loss_points", rate.calibration_loss_points},
          {"losses", std::move(losses)}};
}

Json json_of(const cost::CodecTime& time) {
  Json json = json_of(time.identity);
  json["tensor"] = time.tensor;
  json["codec"] = time.codec;
  json["encode_ms"] = time.encode_ms;
  json["decode_ms"] = time.decode_ms;
  json["measured_at_s"] = time.measured_at_s;
  return json;
}

cost::CodecRate read_codec_rate(const JsonView& view) {
  cost::CodecRate rate;
  rate.model = view["model"].string();
  rate.tensor = view["tensor"].string();
  rate.data = view["data"].string();
  rate.codec = view["codec"].string();
  rate.description = read_description(view["description"]);
  rate.measured_at_s = read_time(view);
  rate.elements = static_cast<std::size_t>(view["elements"].integer(1, kMostElements));
  rate.samples = static_cast<std::size_t>(view["samples"].integer(1, kMostSamples));
  rate.bytes = view["size_bytes"].number(0, kMost);
  rate.calibration_loss_points = read_points(view["calibration_loss_points"]);
  for (const auto& loss : view["losses"].items(kMostExits)) rate.losses.push_back(read_loss(loss));
  return rate;
}

cost::CodecTime read_codec_time(const JsonView& view) {
  return {read_identity(view),        view["tensor"].string(),    view["codec"].string(),
          read_ms(view["encode_ms"]), read_ms(view["decode_ms"]), read_time(view)};
}

}  // namespace tandem::store
