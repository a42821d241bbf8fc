#include "results.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tandem::jalad {
namespace {

using base::Json;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json point_json(const cost::CodecRate& rate) {
  double high = 0;
  double disagreement = 0;
  for (const auto& loss : rate.losses) {
    high = std::max(high, loss.loss_high_points);
    disagreement = std::max(disagreement, loss.disagreement);
  }
  return {{"codec", rate.codec},
          {"family", rate.family()},
          {"bits", rate.bits_per_element()},
          {"mean_bytes", rate.bytes},
          {"calibration_loss_points", rate.calibration_loss_points},
          {"loss_points", rate.worst_loss_points()},
          {"loss_high_points", high},
          {"last_exit_loss_points", rate.losses.empty() ? 0 : rate.losses.back().loss_points},
          {"disagreement_percent", disagreement}};
}

Json choice_json(const Choice& choice) {
  return {{"codec", choice.codec},
          {"bits", choice.bits},
          {"calibration_loss_points", choice.calibration_loss_points},
          {"loss_points", choice.loss_points},
          {"loss_high_points", choice.loss_high_points}};
}

Json cell_json(const MapCell& cell) {
  return {{"network", cell.network},       {"mbps", cell.mbps},           {"winner", cell.winner},
          {"latency_ms", cell.latency_ms}, {"native_ms", cell.native_ms}, {"gain_percent", cell.gain_percent}};
}

Json row_json(const std::string& method, double mbps, const std::optional<plan::Plan>& plan) {
  if (!plan) {
    return {{"mbps", mbps},
            {"method", method},
            {"latency_ms", nullptr},
            {"plan", "no setting loses little enough"},
            {"sent", ""},
            {"sent_bytes", nullptr},
            {"calibration_loss_points", nullptr}};
  }
  return {{"mbps", mbps},
          {"method", method},
          {"latency_ms", plan->latency_ms},
          {"plan", plan->summary()},
          {"sent", sent_text(*plan)},
          {"sent_bytes", plan->upload_bytes},
          {"calibration_loss_points", 100 - plan->accuracy}};
}

}  // namespace

Json rates_json(const std::string& network, const std::string& exits, bool is_cut,
                const std::vector<cost::CodecRate>& rates) {
  Json points = Json::array();
  for (const auto& rate : rates) points.push_back(point_json(rate));
  return {{"network", network},
          {"exits", exits},
          {"tensor", rates.front().tensor},
          {"elements", rates.front().elements},
          {"is_cut", is_cut},
          {"points", std::move(points)}};
}

Json cut_json(const CutSummary& cut, const std::string& exits) {
  return {{"network", cut.network},
          {"exits", exits},
          {"tensor", cut.tensor},
          {"elements", cut.elements},
          {"ours", choice_json(cut.ours)},
          {"jalad", choice_json(cut.jalad)},
          {"int8_zstd", choice_json(cut.packed)},
          {"ratio_to_jalad", cut.ratio_to_jalad()},
          {"ratio_to_int8_zstd", cut.ratio_to_packed()}};
}

Json totals_json(const std::string& network, const std::string& exits, const std::vector<CutSummary>& cuts) {
  const Totals totals = totals_of(cuts);
  return {{"network", network},
          {"exits", exits},
          {"cuts", totals.cuts},
          {"median_bits", number(totals.median_bits)},
          {"upper_quartile_bits", number(totals.upper_quartile_bits)},
          {"least_bits", number(totals.least_bits)},
          {"cuts_of_one_bit_percent", number(100 * totals.share_of_one_bit)},
          {"median_jalad_bits", number(totals.median_jalad_bits)},
          {"median_int8_zstd_bits", number(totals.median_packed_bits)},
          {"median_ratio_to_jalad", number(totals.median_ratio_to_jalad)},
          {"median_ratio_to_int8_zstd", number(totals.median_ratio_to_packed)},
          {"median_loss_points", number(totals.median_loss_points)},
          {"most_loss_points", number(totals.most_loss_points)}};
}

Json map_json(const scission::Data& data, const std::vector<MapEncoding>& encodings, const MapSetting& setting) {
  Json encodings_json = Json::array();
  for (const auto& encoding : encodings) {
    const auto cells = map_cells(data, encoding, setting);
    Json cells_json = Json::array();
    for (const auto& cell : cells) cells_json.push_back(cell_json(cell));
    encodings_json.push_back({{"name", encoding.name},
                              {"bits", encoding.bits},
                              {"encode_mbs", encoding.speed.encode_mbs},
                              {"decode_mbs", encoding.speed.decode_mbs},
                              {"splits", count_splits(cells)},
                              {"cells", std::move(cells_json)}});
  }
  return {{"input_bytes", setting.input_bytes},
          {"device_slowdown", device_slowdown(data)},
          {"networks", data.models},
          {"bandwidths_mbps", setting.bandwidths_mbps},
          {"encodings", std::move(encodings_json)}};
}

Json latency_json(const std::string& network, const Subject& subject, const LatencySetting& setting) {
  Json rows = Json::array();
  for (const double mbps : setting.bandwidths_mbps) {
    for (const auto& method : methods())
      rows.push_back(row_json(method.name, mbps, choose(subject, setting, mbps, method)));
  }
  const double here_ms = std::accumulate(subject.layer_ms.begin(), subject.layer_ms.end(), 0.0);
  return {{"network", network}, {"here_ms", here_ms}, {"rows", std::move(rows)}};
}

}  // namespace tandem::jalad
