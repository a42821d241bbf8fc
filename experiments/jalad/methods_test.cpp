#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/error.h"
#include "cuts.h"
#include "latency.h"
#include "map.h"
#include "summary.h"

namespace tandem::jalad {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr std::size_t kElements = 800;

// A setting that needs so many bits per element; it lost as much on either part.
cost::CodecRate rate(const std::string& tensor, const std::string& codec, double bits, double loss_points) {
  cost::CodecRate rate;
  rate.tensor = tensor;
  rate.codec = codec;
  rate.elements = kElements;
  rate.bytes = bits * kElements / 8;
  rate.calibration_loss_points = loss_points;
  rate.losses = {{"early", loss_points - 0.5, loss_points, 1}, {"late", loss_points, loss_points + 0.25, 2}};
  return rate;
}

std::vector<cost::CodecRate> rates() {
  return {rate("x", "fp16", 16, 0),
          rate("x", "jalad bits=4", 2, 0.25),
          rate("x", "jalad bits=2", 1, 1.5),
          rate("x", "klevel k=9 1a2b3c4d", 0.75, 0.5),
          rate("x", "klevel k=5 5e6f7081", 0.5, 1),
          rate("x", "int8+zstd level=3", 4, 1.25),
          rate("x", "int8", 8, 1.25)};
}

TEST(BestWithin, TakesTheFewestBitsThatLoseNoMore) {
  EXPECT_EQ(best_within(rates(), kOurs, 1).codec, "klevel k=5 5e6f7081");
  EXPECT_EQ(best_within(rates(), kOurs, 0.75).codec, "klevel k=9 1a2b3c4d");
  EXPECT_EQ(best_within(rates(), kJalad, 1).codec, "jalad bits=4");
}

TEST(BestWithin, SaysWhatTheTestPartLostAtTheWorstExit) {
  const Choice choice = best_within(rates(), kOurs, 1);
  EXPECT_DOUBLE_EQ(choice.bits, 0.5);
  EXPECT_DOUBLE_EQ(choice.loss_points, 1);
  EXPECT_DOUBLE_EQ(choice.loss_high_points, 1.25);
}

TEST(BestWithin, SendsFloatsWhereEverySettingLosesMore) {
  EXPECT_EQ(best_within(rates(), kJalad, 0.1).codec, "raw");
  EXPECT_DOUBLE_EQ(best_within(rates(), kJalad, 0.1).bits, 32);
  EXPECT_DOUBLE_EQ(best_within(rates(), kJalad, 0.1).loss_points, 0);
}

TEST(BestWithin, TellsCodecsApartByTheirWholeName) {
  EXPECT_DOUBLE_EQ(best_within(rates(), "int8", kNoBound).bits, 8);
  EXPECT_DOUBLE_EQ(best_within(rates(), kBytesPacked, kNoBound).bits, 4);
}

TEST(Summary, ComparesBytesAtTheBoundAndLeavesBytesPackedUnbounded) {
  const CutSummary cut = summarize("net", rates(), 1);
  EXPECT_DOUBLE_EQ(cut.ratio_to_jalad(), 0.25);
  EXPECT_DOUBLE_EQ(cut.ratio_to_packed(), 0.125);
}

CutSummary cut_of(double ours, double jalad, double packed) {
  CutSummary cut;
  cut.ours.bits = ours;
  cut.jalad.bits = jalad;
  cut.packed.bits = packed;
  return cut;
}

TEST(Totals, AreMediansAndQuartilesOverCuts) {
  const Totals totals =
      totals_of({cut_of(0.5, 2, 4), cut_of(1, 2, 5), cut_of(1.5, 3, 6), cut_of(3, 6, 6), cut_of(1, 8, 2)});
  EXPECT_EQ(totals.cuts, 5U);
  EXPECT_DOUBLE_EQ(totals.median_bits, 1);
  EXPECT_DOUBLE_EQ(totals.upper_quartile_bits, 1.5);
  EXPECT_DOUBLE_EQ(totals.least_bits, 0.5);
  EXPECT_DOUBLE_EQ(totals.share_of_one_bit, 0.6);
  EXPECT_DOUBLE_EQ(totals.median_ratio_to_jalad, 0.5);
  EXPECT_DOUBLE_EQ(totals.median_ratio_to_packed, 0.25);
}

TEST(Totals, OfNoCutsAreNoNumbers) {
  EXPECT_EQ(totals_of({}).cuts, 0U);
  EXPECT_TRUE(std::isnan(totals_of({}).median_bits));
}

// A chain of layers of these kinds, each of 1 × `elements` float32, from an input to an answer.
model::Graph chain(const std::vector<std::string>& op_types, std::int64_t elements) {
  model::Graph graph;
  const base::TensorType type{base::ElementType::Float32, {1, elements}};
  graph.tensors.push_back({"input", type, base::size_bytes(type)});
  graph.inputs = {0};
  for (std::size_t i = 0; i < op_types.size(); ++i) {
    graph.tensors[i].consumers = {i};
    graph.layers.push_back({fmt::format("layer{}", i), op_types[i], {i}, {i + 1}});
    graph.tensors.push_back({fmt::format("t{}", i), type, base::size_bytes(type), i});
  }
  graph.tensors.back().is_answer = true;
  graph.answers = {op_types.size()};
  return graph;
}

TEST(Cuts, LeaveOutTheInputTheInsideOfKernelsAndCopies) {
  EXPECT_THAT(tensors_to_compare(chain({"Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Softmax"}, 100)),
              ElementsAre("t1", "t2", "t4"));
}

TEST(Cuts, LeaveOutCopiesOfTheInput) {
  EXPECT_THAT(tensors_to_compare(chain({"Reshape", "Gemm", "Softmax"}, 100)), ElementsAre("t1"));
}

TEST(Cuts, LeaveOutTheInputInOtherNumbers) {
  EXPECT_THAT(tensors_to_compare(chain({"Cast", "Mul", "Sub", "MaxPool", "Mul", "Softmax"}, 100)),
              ElementsAre("t3", "t4"));
}

TEST(Cuts, LeaveOutSmallTensors) {
  EXPECT_THAT(tensors_to_compare(chain({"MaxPool", "Gemm", "Softmax"}, 63)), ElementsAre());
  EXPECT_THAT(tensors_to_compare(chain({"MaxPool", "Gemm", "Softmax"}, 64)), ElementsAre("t0", "t1"));
}

// Three blocks of 1, 1 and 8 s on the device, a hundredth of that in the cloud; between them tensors of 10^6 and 2 ×
// 10^5 floats.
scission::Data small_data() {
  scission::Data data;
  data.models = {"net"};
  data.systems = {"device-a", "cloud-b"};
  data.blocks[{"net", "device-a"}] = {{0, 0, 1, 4e6 + 128}, {1, 1, 1, 8e5 + 128}, {2, 2, 8, 4128}};
  data.blocks[{"net", "cloud-b"}] = {{0, 0, 0.01, 4e6 + 128}, {1, 1, 0.01, 8e5 + 128}, {2, 2, 0.08, 4128}};
  data.networks["wired"][{"device-a", "cloud-b"}] = {0.02, 1e6};
  return data;
}

TEST(Map, TheDeviceIsAsMuchSlowerAsTheNetworksAre) {
  EXPECT_NEAR(device_slowdown(small_data()), 100, 1e-9);
}

TEST(Map, ChargesEncodingOnTheDeviceAndDecodingOnTheServer) {
  const auto problem = map_problem(small_data(), "net", 4, {"x", 1, {200, 400}}, 150'000);
  const auto& encodings = problem.tensors.at(1).encodings;
  ASSERT_EQ(encodings.size(), 2U);
  EXPECT_DOUBLE_EQ(encodings[0].bytes, 4e6);
  EXPECT_DOUBLE_EQ(encodings[1].bytes, 125'000);
  EXPECT_THAT(encodings[1].encode_ms, ElementsAre(DoubleNear(2000, 1e-6), DoubleNear(20, 1e-6)));
  EXPECT_THAT(encodings[1].decode_ms, ElementsAre(DoubleNear(1000, 1e-6), DoubleNear(10, 1e-6)));
  EXPECT_DOUBLE_EQ(problem.links.at(0).upload_mbps, 4);
}

std::string winners(const MapEncoding& encoding, double input_bytes) {
  std::string text;
  for (const auto& cell : map_cells(small_data(), encoding, {input_bytes, {0.01, 0.5, 1000}}))
    text += (text.empty() ? "" : ", ") + cell.winner;
  return text;
}

TEST(Map, ASplitWinsWhereWhatCrossesIsSmallEnough) {
  // At 0.5 Mbit/s: 10 s here, 0.12 + 9.6 s there, 2.1 + 12.8 s for all of the second tensor, 2.1 + 0.4 s for a bit
  // each.
  EXPECT_EQ(winners({"float32", 32, {}}, 600'000), "device, cloud, cloud");
  EXPECT_EQ(winners({"one bit", 1, {}}, 600'000), "device, split, cloud");
}

TEST(Map, ASlowCodecTakesTheWinBack) {
  EXPECT_EQ(winners({"one bit", 1, {100, 100}}, 600'000), "device, split, cloud") << "0.8 s to encode";
  EXPECT_EQ(winners({"one bit", 1, {8, 8}}, 600'000), "device, cloud, cloud") << "10 s to encode";
}

TEST(Map, CountsSplitsAndSaysWhatTheyGain) {
  const auto cells = map_cells(small_data(), {"one bit", 1, {}}, {600'000, {0.01, 0.5, 1000}});
  EXPECT_EQ(count_splits(cells), 1U);
  EXPECT_NEAR(cells.at(1).native_ms, 20 + 9600 + 100, 1e-6);
  EXPECT_NEAR(cells.at(1).latency_ms, 2000 + 20 + 400 + 80, 1e-6);
  EXPECT_NEAR(cells.at(1).gain_percent, 100 * (1 - 2500.0 / 9720), 1e-6);
  EXPECT_DOUBLE_EQ(cells.at(0).gain_percent, 0);
}

TEST(Map, BandwidthsAreSpreadAtEqualRatios) {
  EXPECT_THAT(spread(0.1, 1000, 5), ElementsAre(DoubleNear(0.1, 1e-9), DoubleNear(1, 1e-9), DoubleNear(10, 1e-9),
                                                DoubleNear(100, 1e-9), DoubleNear(1000, 1e-9)));
}

class Latency : public testing::Test {
 protected:
  // 10 ms here for the first layer, 1 ms for the others.
  const model::Graph graph_ = chain({"MaxPool", "AveragePool", "Softmax"}, kElements);
  Subject subject_{graph_, {10, 1, 1}, {rate("t0", "jalad bits=4", 4, 0.9), rate("t0", "klevel k=5 0", 0.5, 0.75)}};
  LatencySetting setting_{.slowdowns = {2, 1, 0.5}, .speed = {1, 2}, .jalad_speed = {4, 0}};

  void add_picture_codecs() {
    subject_.rates.push_back(rate("input", "png", 8, 0));
    subject_.rates.push_back(rate("input", "jpeg quality=95", 4, 0.5));
  }
  plan::Plan chosen(const std::string& method, double mbps) const {
    const auto found = std::ranges::find(methods(), method, &Method::name);
    if (found == methods().end()) throw std::invalid_argument(method);
    return choose(subject_, setting_, mbps, *found).value();
  }
};

TEST_F(Latency, DeviceOnlySendsNothing) {
  EXPECT_NEAR(chosen("device only", 100).latency_ms, 24, 1e-9);
  EXPECT_EQ(sent_text(chosen("device only", 100)), "");
}

TEST_F(Latency, APictureCodecWithoutASettingHasNoPlan) {
  const auto& all = methods();
  const auto jpeg = std::ranges::find(all, "JPEG", &Method::name);
  EXPECT_FALSE(choose(subject_, setting_, 1, *jpeg));
  subject_.rates.push_back(rate("input", "jpeg quality=50", 1, setting_.points + 0.1));
  EXPECT_FALSE(choose(subject_, setting_, 1, *jpeg)) << "it loses too much";
  subject_.rates.push_back(rate("input", "jpeg quality=95", 4, setting_.points - 0.1));
  EXPECT_TRUE(choose(subject_, setting_, 1, *jpeg));
}

TEST_F(Latency, PicturesAreRunOnAServer) {
  add_picture_codecs();
  for (const char* method : {"raw input", "PNG", "JPEG"}) {
    EXPECT_FALSE(chosen(method, 0.01).stages.front().runs_layers()) << method;
    EXPECT_THAT(sent_text(chosen(method, 0.01)), testing::StartsWith("input: ")) << method;
  }
}

TEST_F(Latency, CodecsTakeTheTimeThatWasMeasuredOfThem) {
  const auto encoding = [&](const char* family) {
    const auto problem = latency_problem(subject_, setting_, 1, {family});
    const auto tensor = std::ranges::find(problem.tensors, "t0", &plan::Tensor::name);
    return tensor->encodings.at(1);
  };
  EXPECT_THAT(encoding("klevel").encode_ms,
              ElementsAre(DoubleNear(6.4, 1e-9), DoubleNear(3.2, 1e-9), DoubleNear(1.6, 1e-9)));
  EXPECT_THAT(encoding("klevel").decode_ms,
              ElementsAre(DoubleNear(3.2, 1e-9), DoubleNear(1.6, 1e-9), DoubleNear(0.8, 1e-9)));
  EXPECT_THAT(encoding("jalad").encode_ms,
              ElementsAre(DoubleNear(1.6, 1e-9), DoubleNear(0.8, 1e-9), DoubleNear(0.4, 1e-9)));
  EXPECT_THAT(encoding("jalad").decode_ms, ElementsAre(0, 0, 0));
}

TEST_F(Latency, WhatLosesTooMuchIsLeftOut) {
  setting_.points = 0.8;
  EXPECT_EQ(latency_problem(subject_, setting_, 1, {"jalad"}).tensors.at(1).encodings.size(), 1U);
  EXPECT_EQ(latency_problem(subject_, setting_, 1, {"klevel"}).tensors.at(1).encodings.size(), 2U);
}

TEST_F(Latency, TwoLossyCrossingsTogetherKeepTheBound) {
  subject_.rates.push_back(rate("t1", "klevel k=5 0", 0.5, 0.75));
  for (double mbps = 0.01; mbps < 100; mbps *= 2)
    EXPECT_GE(chosen("Tandem", mbps).accuracy, 100 - setting_.points - 1e-9) << mbps;
}

TEST_F(Latency, TandemIsNeverSlowerThanAnyOther) {
  add_picture_codecs();
  for (double mbps = 0.01; mbps < 1000; mbps *= 3) {
    const double ours_ms = chosen("Tandem", mbps).latency_ms;
    for (const auto& method : methods())
      EXPECT_LE(ours_ms, chosen(method.name, mbps).latency_ms * (1 + 1e-9)) << method.name << " at " << mbps;
  }
}

TEST_F(Latency, WantsThreeSlowdowns) {
  setting_.slowdowns = {2, 1};
  EXPECT_THROW(latency_problem(subject_, setting_, 1, {}), base::Error);
}

}  // namespace
}  // namespace tandem::jalad
