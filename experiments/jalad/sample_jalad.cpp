#include "sample_jalad.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace tandem::jalad {
namespace {

using base::Json;

constexpr double kPoints = 1;
const std::vector<std::string> kMethods = {"device only", "raw input", "PNG", "JPEG", "JALAD", "Tandem"};

Json point(const std::string& codec, const std::string& family, double bits, double loss_points) {
  return {{"codec", codec},
          {"family", family},
          {"bits", bits},
          {"mean_bytes", 512 * bits},
          {"calibration_loss_points", 0.9 * loss_points},
          {"loss_points", loss_points},
          {"loss_high_points", loss_points + 0.3},
          {"last_exit_loss_points", loss_points - 0.1},
          {"disagreement_percent", 2 * loss_points}};
}

Json points(std::size_t cut) {
  const double richness = 1 + 0.1 * static_cast<double>(cut);
  Json points = Json::array();
  for (const double loss : {0.1, 0.5, 1.0, 2.0, 5.0})
    points.push_back(point(fmt::format("klevel loss={}", loss), "klevel", 0.6 * richness / std::pow(loss, 0.3), loss));
  for (const int bits : {4, 3, 2})
    points.push_back(
        point(fmt::format("jalad bits={}", bits), "jalad", richness * bits / 1.5, 4.0 / std::pow(2, bits)));
  points.push_back(point("int8+zstd level=3", "int8+zstd", 4 * richness, 0.05));
  points.push_back(point("fp16", "fp16", 16, 0));
  return points;
}

Json choice(const Json& points, const std::string& family) {
  Json best = {
      {"codec", "raw"}, {"bits", 32}, {"calibration_loss_points", 0}, {"loss_points", 0}, {"loss_high_points", 0}};
  for (const auto& point : points) {
    if (point["family"] != family || point["calibration_loss_points"] > kPoints || point["bits"] > best["bits"])
      continue;
    for (const char* key : {"codec", "bits", "calibration_loss_points", "loss_points", "loss_high_points"})
      best[key] = point[key];
  }
  return best;
}

Json cut_of(const Json& tensor) {
  Json cut = {{"network", tensor["network"]},
              {"exits", tensor["exits"]},
              {"tensor", tensor["tensor"]},
              {"elements", tensor["elements"]},
              {"ours", choice(tensor["points"], "klevel")},
              {"jalad", choice(tensor["points"], "jalad")},
              {"int8_zstd", choice(tensor["points"], "int8+zstd")}};
  const double bits = cut["ours"]["bits"].get<double>();
  cut["ratio_to_jalad"] = bits / cut["jalad"]["bits"].get<double>();
  cut["ratio_to_int8_zstd"] = bits / cut["int8_zstd"]["bits"].get<double>();
  return cut;
}

Json totals(const std::string& network, const std::string& exits, std::size_t cuts) {
  return {{"network", network},
          {"exits", exits},
          {"cuts", cuts},
          {"median_bits", 0.72},
          {"upper_quartile_bits", 0.93},
          {"least_bits", 0.41},
          {"cuts_of_one_bit_percent", 83.3},
          {"median_jalad_bits", 2.2},
          {"median_int8_zstd_bits", 4.4},
          {"median_ratio_to_jalad", 0.31},
          {"median_ratio_to_int8_zstd", 0.16},
          {"median_loss_points", 0.84},
          {"most_loss_points", 1.21}};
}

void add_network(Json& sample, const std::string& network, std::size_t cuts, const std::string& name) {
  sample["networks"].push_back({{"name", network}, {"layers", 44}, {"exits", {name + "exit1", name + "exit2"}}});
  for (const char* exits : {"all exits", "last exit"}) {
    for (std::size_t cut = 0; cut < cuts; ++cut) {
      Json tensor = {{"network", network}, {"exits", exits},        {"tensor", fmt::format("{}relu{}", name, cut)},
                     {"elements", 4096},   {"is_cut", cut % 5 < 4}, {"points", points(cut)}};
      if (tensor["is_cut"].get<bool>()) sample["cuts"].push_back(cut_of(tensor));
      sample["rates"].push_back(std::move(tensor));
    }
    sample["totals"].push_back(totals(network, exits, cuts));
  }
}

Json cell(const std::string& network, double mbps, double bits) {
  const double gain = 80 - 2 * bits - 20 * std::abs(std::log10(mbps));
  const char* winner = gain > 10 && bits < 32 ? "split" : mbps < 1 ? "device" : mbps < 100 ? "edge" : "cloud";
  const bool is_split = gain > 10 && bits < 32;
  return {{"network", network}, {"mbps", mbps},
          {"winner", winner},   {"latency_ms", is_split ? 10 * (100 - gain) : 1000},
          {"native_ms", 1000},  {"gain_percent", is_split ? gain : 0}};
}

Json map(const std::string& name) {
  Json map = {{"input_bytes", 150'000},
              {"device_slowdown", 26},
              {"networks", Json::array()},
              {"bandwidths_mbps", {0.1, 1, 10, 100, 1000}},
              {"encodings", Json::array()}};
  for (const char* network : {"mobilenet", "resnet50", "vgg19"}) map["networks"].push_back(name + network);
  const std::vector<std::pair<std::string, double>> encodings = {
      {"float32", 32}, {"8 bits", 8}, {"JALAD, median rate", 2.2}, {"ours, median rate", 0.72}};
  for (const auto& [encoding, bits] : encodings) {
    Json cells = Json::array();
    std::size_t splits = 0;
    for (const auto& network : map["networks"]) {
      for (const auto& mbps : map["bandwidths_mbps"]) {
        cells.push_back(cell(network.get<std::string>(), mbps.get<double>(), bits));
        splits += cells.back()["winner"] == "split" ? 1 : 0;
      }
    }
    map["encodings"].push_back({{"name", encoding}, {"bits", bits}, {"splits", splits}, {"cells", std::move(cells)}});
  }
  return map;
}

Json latency(const std::string& network, const Json& bandwidths, const std::string& name) {
  Json rows = Json::array();
  for (const auto& bandwidth : bandwidths) {
    double bytes = 4000;
    for (const auto& method : kMethods) {
      bytes /= 1.6;
      const double link_ms = 20 + bytes * 8e-3 / bandwidth.get<double>();
      const bool is_local = method == "device only";
      const bool has_setting = method != "JPEG" || bandwidth != 100;
      rows.push_back({{"mbps", bandwidth},
                      {"method", method},
                      {"latency_ms", !has_setting ? Json()
                                     : is_local   ? Json(90.0)
                                                  : Json(link_ms)},
                      {"plan", !has_setting ? "no setting loses little enough"
                               : is_local   ? "all on device"
                                            : name + "device 0–4 → edge 5–43"},
                      {"sent", is_local ? "" : name + "relu1: klevel"},
                      {"sent_bytes", is_local ? 0 : bytes},
                      {"calibration_loss_points", 0.5}});
    }
  }
  return {{"network", network}, {"here_ms", 3}, {"rows", std::move(rows)}};
}

}  // namespace

Json sample_jalad(std::size_t cuts, const std::string& name) {
  Json sample = {
      {"format", "tandem.jalad"},       {"version", 1},          {"measured_at_s", 1763800000},
      {"data", name + "fashion-mnist"}, {"points", kPoints},     {"samples", {{"calibration", 6000}, {"test", 10000}}},
      {"slowdowns", {30, 1, 0.5}},      {"encode_mbs", 300},     {"decode_mbs", 350},
      {"jalad_encode_mbs", 200},        {"jalad_decode_mbs", 0}, {"bandwidths_mbps", {0.1, 1, 10, 100}}};
  for (const char* key : {"networks", "rates", "cuts", "totals", "latency", "methods"}) sample[key] = Json::array();
  for (const auto& method : kMethods) sample["methods"].push_back({{"name", method}, {"about", name + "what it may"}});
  for (const char* network : {"alexnet5", "resnet20"}) {
    add_network(sample, name + network, std::max<std::size_t>(cuts, 2), name);
    sample["latency"].push_back(latency(name + network, sample["bandwidths_mbps"], name));
  }
  sample["totals"].push_back(totals("all networks", "all exits", 2 * std::max<std::size_t>(cuts, 2)));
  sample["map"] = cuts == 0 ? Json() : map(name);
  return sample;
}

}  // namespace tandem::jalad
