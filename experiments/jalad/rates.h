// What codecs cost on the tensors of trained networks, measured once and kept in a file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "cost/codec_rates.h"
#include "engine/engine.h"
#include "model/model.h"
#include "profile/measure.h"
#include "workspace/data_options.h"

namespace tandem::jalad {

struct RatesSetting {
  workspace::DataOptions data{.name = "fashion-mnist"};
  std::vector<double> losses = {0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5};
  std::vector<std::string> tensors;  // only these; empty: all that cross
};

// A JSON file of rates (format "tandem.jalad.rates"; descriptions of codecs are left out), written again after every
// tensor that is measured. One process at a time.
class RatesFile {
 public:
  // Empty: nothing is kept. A file that is not there is begun. Throws Error(InvalidInput) on one of another kind.
  explicit RatesFile(std::filesystem::path path);

  // Of all tensors that cross, in their order: what the file holds for the same data, limit and losses, else measured
  // now (tune/codecs.h, and its errors).
  std::vector<std::vector<cost::CodecRate>> rates_of(const model::Model& model, engine::Engine& engine,
                                                     const workspace::DataForModel& samples,
                                                     const RatesSetting& setting, const profile::Progress& progress);

 private:
  struct Entry {
    std::string model;  // digest
    std::string tensor;
    std::string data;  // with whatever else the rates depend on
    std::vector<cost::CodecRate> rates;
  };
  void read();
  void write() const;
  const Entry* find(const std::string& model, const std::string& tensor, const std::string& data) const;

  std::filesystem::path path_;
  std::vector<Entry> entries_;
};

}  // namespace tandem::jalad
