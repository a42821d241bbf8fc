#include "rates.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "store/exchange.h"
#include "tune/codecs.h"
#include "tune/cuts.h"

namespace tandem::jalad {
namespace {

constexpr const char* kFormat = "tandem.jalad.rates";
constexpr int kVersion = 1;
constexpr std::size_t kMostFileBytes = std::size_t{256} << 20;
constexpr double kMost = 1e12;

std::string data_text(const RatesSetting& setting) {
  return fmt::format("{}, losses {}", setting.data.key(), fmt::join(setting.losses, " "));
}

base::Json to_json(const cost::CodecRate& rate) {
  base::Json losses = base::Json::array();
  for (const auto& loss : rate.losses) losses.push_back(store::json_of(loss));
  return {{"codec", rate.codec},        {"measured_at_s", rate.measured_at_s},
          {"elements", rate.elements},  {"samples", rate.samples},
          {"mean_bytes", rate.bytes},   {"calibration_loss_points", rate.calibration_loss_points},
          {"losses", std::move(losses)}};
}

cost::CodecRate rate_from(const base::JsonView& json) {
  cost::CodecRate rate;
  rate.codec = json["codec"].string();
  rate.measured_at_s = json["measured_at_s"].integer(0, 1'000'000'000'000);
  rate.elements = static_cast<std::size_t>(json["elements"].integer(1, std::int64_t{1} << 40));
  rate.samples = static_cast<std::size_t>(json["samples"].integer(1, std::int64_t{1} << 40));
  rate.bytes = json["mean_bytes"].number(0, kMost);
  rate.calibration_loss_points = json["calibration_loss_points"].number(0, 100);
  for (const auto& loss : json["losses"].items()) {
    rate.losses.push_back({loss["exit"].string(), loss["loss_points"].number(-100, 100),
                           loss["loss_high_points"].number(-200, 200), loss["disagreement_percent"].number(0, 100)});
  }
  return rate;
}

}  // namespace

RatesFile::RatesFile(std::filesystem::path path) : path_(std::move(path)) {
  if (!path_.empty() && std::filesystem::exists(path_)) read();
}

void RatesFile::read() {
  const auto json = base::parse_json(base::read_file(path_, kMostFileBytes), path_.string());
  const base::JsonView root(json, path_.string());
  if (root["format"].string() != kFormat) root["format"].fail(kFormat);
  root["version"].integer(kVersion, kVersion);
  for (const auto& item : root["tensors"].items()) {
    Entry entry{item["model"].string(), item["tensor"].string(), item["data"].string(), {}};
    for (const auto& rate : item["rates"].items()) {
      entry.rates.push_back(rate_from(rate));
      entry.rates.back().model = entry.model;
      entry.rates.back().tensor = entry.tensor;
    }
    entries_.push_back(std::move(entry));
  }
}

void RatesFile::write() const {
  if (path_.empty()) return;
  base::Json tensors = base::Json::array();
  for (const auto& entry : entries_) {
    base::Json rates = base::Json::array();
    for (const auto& rate : entry.rates) rates.push_back(to_json(rate));
    tensors.push_back(
        {{"model", entry.model}, {"tensor", entry.tensor}, {"data", entry.data}, {"rates", std::move(rates)}});
  }
  const base::Json json = {{"format", kFormat}, {"version", kVersion}, {"tensors", std::move(tensors)}};
  base::write_file(path_, json.dump(1) + "\n");
}

const RatesFile::Entry* RatesFile::find(const std::string& model, const std::string& tensor,
                                        const std::string& data) const {
  const auto found = std::ranges::find_if(entries_, [&](const Entry& entry) {
    return entry.model == model && entry.tensor == tensor && entry.data == data;
  });
  return found == entries_.end() ? nullptr : &*found;
}

std::vector<std::vector<cost::CodecRate>> RatesFile::rates_of(const model::Model& model, engine::Engine& engine,
                                                              const workspace::DataForModel& samples,
                                                              const RatesSetting& setting,
                                                              const profile::Progress& progress) {
  const std::string digest = model.digest();
  const std::string data = data_text(setting);
  auto tensors = tune::tensors_that_cross(model);
  if (!setting.tensors.empty()) {
    std::erase_if(tensors, [&](const std::string& tensor) {
      return std::ranges::find(setting.tensors, tensor) == setting.tensors.end();
    });
  }
  auto missing = tensors;
  std::erase_if(missing, [&](const std::string& tensor) { return find(digest, tensor, data) != nullptr; });
  if (!missing.empty()) {
    const auto keep = [&](const std::vector<cost::CodecRate>& rates) {
      entries_.push_back({digest, rates.front().tensor, data, rates});
      write();
    };
    tune::measure_codecs({model, engine, samples.dataset, samples.pictures}, {missing, setting.losses, true}, keep,
                         progress);
  }
  std::vector<std::vector<cost::CodecRate>> rates;
  for (const auto& tensor : tensors) rates.push_back(find(digest, tensor, data)->rates);
  return rates;
}

}  // namespace tandem::jalad
