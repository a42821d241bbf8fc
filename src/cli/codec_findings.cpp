#include "cli/codec_findings.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

#include "base/figures.h"
#include "cli/codec_report.h"
#include "cli/table.h"
#include "store/exchange.h"

namespace tandem::cli {
namespace {

using workspace::CodecFindings;

double most_disagreement(const cost::CodecRate& rate) {
  double most = 0;
  for (const auto& loss : rate.losses) most = std::max(most, loss.disagreement);
  return most;
}

base::Json json_of(const cost::CodecRate& rate) {
  base::Json losses = base::Json::array();
  for (const auto& loss : rate.losses) losses.push_back(store::json_of(loss));
  return {{"tensor", rate.tensor},
          {"codec", rate.codec},
          {"elements", rate.elements},
          {"mean_bytes", rate.bytes},
          {"bits_per_element", rate.bits_per_element()},
          {"calibration_loss_points", rate.calibration_loss_points},
          {"worst_loss_points", rate.worst_loss_points()},
          {"description_bytes", rate.description.size()},
          {"test_samples", rate.samples},
          {"losses", std::move(losses)}};
}

base::Json json_of(const cost::CodecTime& time) {
  return {{"target", time.identity.target},
          {"tensor", time.tensor},
          {"codec", time.codec},
          {"encode_ms", time.encode_ms},
          {"decode_ms", time.decode_ms}};
}

std::vector<std::string> tensors_of(const CodecFindings& findings) {
  std::vector<std::string> tensors;
  for (const auto& rate : findings.rates) {
    if (std::ranges::find(tensors, rate.tensor) == tensors.end()) tensors.push_back(rate.tensor);
  }
  return tensors;
}

std::string bits(const cost::CodecRate* rate) {
  return rate == nullptr ? "–" : fmt::format("{:.3f}", rate->bits_per_element());
}

std::vector<std::string> overview_row(const CodecFindings& findings, const std::string& tensor,
                                      const std::vector<double>& losses) {
  const auto smallest = [&](const char* codec, double points) {
    return cost::smallest_within(findings.rates, tensor, codec, points);
  };
  const auto first = std::ranges::find(findings.rates, tensor, &cost::CodecRate::tensor);
  std::vector<std::string> row{tensor, std::to_string(first->elements)};
  for (const double points : losses) row.push_back(bits(smallest("klevel", points)));
  const auto* fitted = smallest("klevel", losses.back());
  row.push_back(fitted == nullptr ? "–" : fmt::format("{:.2f}", fitted->worst_loss_points()));
  row.push_back(bits(smallest("jalad", losses.back())));
  row.push_back(bits(smallest("int8+zstd", losses.back())));
  return row;
}

std::set<std::string> targets_of(const CodecFindings& findings) {
  std::set<std::string> targets;
  for (const auto& time : findings.times) targets.insert(time.identity.target);
  return targets;
}

std::string time_of(const CodecFindings& findings, const cost::CodecRate& rate, const std::string& target) {
  for (const auto& time : findings.times) {
    if (time.identity.target != target || time.tensor != rate.tensor || time.codec != rate.codec) continue;
    return fmt::format("{} + {}", base::ms_number(time.encode_ms), base::ms_number(time.decode_ms));
  }
  return "–";
}

std::vector<std::string> full_row(const cost::CodecRate& rate) {
  return {rate.tensor,
          short_name(rate.codec),
          fmt::format("{:.3f}", rate.bits_per_element()),
          fmt::format("{:.0f}", rate.bytes),
          fmt::format("{:.2f}", rate.calibration_loss_points),
          fmt::format("{:.2f}", rate.worst_loss_points()),
          fmt::format("{:.2f}", rate.highest_loss_points()),
          fmt::format("{:.2f} %", most_disagreement(rate))};
}

std::size_t test_samples(const CodecFindings& findings) {
  return findings.rates.empty() ? 0 : std::ranges::min(findings.rates, {}, &cost::CodecRate::samples).samples;
}

std::string resolution(const CodecFindings& findings) {
  const std::size_t samples = test_samples(findings);
  if (samples == 0) return "";
  return fmt::format("{} of the test part cannot tell a loss of less than {:.2g} points from none (95 %)\n",
                     base::counted(samples, "sample"), cost::finest_loss_points(samples));
}

}  // namespace

base::Json to_json(const CodecFindings& findings, const std::string& model) {
  base::Json json = {{"model", model}, {"rates", base::Json::array()}, {"times", base::Json::array()}};
  json["finest_loss_points"] = cost::finest_loss_points(test_samples(findings));
  for (const auto& rate : findings.rates) json["rates"].push_back(json_of(rate));
  for (const auto& time : findings.times) json["times"].push_back(json_of(time));
  return json;
}

std::string overview(const CodecFindings& findings, const std::vector<double>& losses) {
  std::vector<std::string> headings{"tensor", ">elements"};
  for (const double points : losses) headings.push_back(fmt::format(">≤ {:g} points", points));
  headings.insert(headings.end(), {">lost on test", ">JALAD", ">int8+zstd"});
  Table table(headings);
  for (const auto& tensor : tensors_of(findings)) table.add(overview_row(findings, tensor, losses));
  return fmt::format(
      "bits per element of the fitted codec, by the bound of its accuracy loss in percentage points (calibration part, "
      "worst exit); for the last of these bounds, its loss on the test part and the bits of other codecs\n{}"
      "\n{}`--all` shows every codec and setting.\n",
      table.text(), resolution(findings));
}

std::string full_table(const CodecFindings& findings) {
  const auto targets = targets_of(findings);
  std::vector<std::string> headings{"tensor",       "codec", ">bits/element", ">bytes",
                                    ">calibration", ">test", ">at most",      ">other answers"};
  for (const auto& target : targets) headings.push_back(">" + target + " enc + dec");
  Table table(headings);
  for (const auto& rate : findings.rates) {
    auto row = full_row(rate);
    for (const auto& target : targets) row.push_back(time_of(findings, rate, target));
    table.add(row);
  }
  return fmt::format(
      "accuracy loss in percentage points, at the worst exit: on the calibration part, on which settings "
      "were chosen; on the test part; and its upper bound with 95 % confidence\n{}{}",
      table.text(), resolution(findings));
}

}  // namespace tandem::cli
