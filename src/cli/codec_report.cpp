#include "cli/codec_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <sstream>

#include "base/figures.h"
#include "cli/table.h"
#include "plan/problem/plan_json.h"

namespace tandem::cli {
namespace {

using workspace::CodecTrades;

constexpr std::array kShownSettings = {"k=", "bits=", "quality=", "level="};

base::Json json_of(const CodecTrades& report, const plan::CodecTrade& trade) {
  base::Json ways = base::Json::array();
  for (const auto& way : trade.ways) {
    const auto bits = report.bits_per_element(trade.tensor, way.bytes);
    ways.push_back({{"codec", way.codec},
                    {"size_bytes", way.bytes},
                    {"bits_per_element", bits ? base::Json(*bits) : base::Json()},
                    {"loss_points", way.accuracy_loss},
                    {"encode_ms", way.encode_ms},
                    {"decode_ms", way.decode_ms},
                    {"latency_ms", way.latency_ms},
                    {"accuracy", way.accuracy},
                    {"is_feasible", way.is_feasible},
                    {"is_chosen", way.is_chosen}});
  }
  return {{"tensor", trade.tensor}, {"from", trade.from}, {"to", trade.to}, {"ways", std::move(ways)}};
}

std::string text_of(const CodecTrades& report, const plan::CodecTrade& trade) {
  Table table({"", "codec", ">sent", ">bits an element", ">points lost", ">encode ms", ">decode ms", ">plan ms"});
  for (const auto& way : trade.ways) {
    const auto bits = report.bits_per_element(trade.tensor, way.bytes);
    table.add({way.is_chosen ? "→" : "", short_name(way.codec), base::human_bytes(way.bytes),
               bits ? fmt::format("{:.3g}", *bits) : "–", fmt::format("{:.3g}", way.accuracy_loss),
               base::ms_number(way.encode_ms), base::ms_number(way.decode_ms),
               way.is_feasible ? base::ms_number(way.latency_ms) : base::ms_number(way.latency_ms) + " (not allowed)"});
  }
  return fmt::format("\n{}, {} → {}; the plan's latency by the codec of this tensor alone:\n{}", trade.tensor,
                     trade.from, trade.to, table.text());
}

std::string text_of(const std::vector<plan::LossBound>& bounds) {
  Table table({">largest loss, points", ">ms", ">accuracy %", "|best plan (layers)"});
  for (const auto& bound : bounds) {
    const std::string points = fmt::format("{:.3g}", bound.points);
    if (bound.plan) {
      table.add({points, base::ms_number(bound.plan->latency_ms), fmt::format("{:.2f}", bound.plan->accuracy),
                 bound.plan->summary() + text_of_codecs(*bound.plan)});
    } else {
      table.add({points, "–", "–", "none was found"});
    }
  }
  return fmt::format("\n{}\n", table.text());
}

}  // namespace

base::Json to_json(const workspace::CodecTrades& report) {
  base::Json json = {{"trades", base::Json::array()}, {"bounds", base::Json::array()}};
  for (const auto& trade : report.trades) json["trades"].push_back(json_of(report, trade));
  for (const auto& bound : report.bounds) {
    json["bounds"].push_back({{"max_accuracy_loss_points", bound.points},
                              {"plan", bound.plan ? plan::to_json(*bound.plan, "ms") : base::Json()}});
  }
  return json;
}

std::string to_text(const workspace::CodecTrades& report) {
  std::string text;
  for (const auto& trade : report.trades) text += text_of(report, trade);
  return text + text_of(report.bounds);
}

std::string short_name(const std::string& codec) {
  std::istringstream words(codec);
  std::string name;
  words >> name;
  for (std::string word; words >> word;) {
    if (word.starts_with("zero=")) name += " static";
    if (std::ranges::any_of(kShownSettings, [&](const char* setting) { return word.starts_with(setting); }))
      name += " " + word;
  }
  return name;
}

std::string text_of_codecs(const plan::Plan& plan) {
  std::string text;
  for (const auto& stage : plan.stages) {
    for (const auto& sent : stage.sent) {
      if (sent.codec != plan::kRaw)
        text += fmt::format("{}{} as {}", text.empty() ? " (" : ", ", sent.name, short_name(sent.codec));
    }
  }
  return text.empty() ? text : text + ")";
}

}  // namespace tandem::cli
