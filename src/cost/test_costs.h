// One entry of each kind in a store or a profile, for tests.
#pragma once

#include "cost/codec_rates.h"
#include "cost/costs.h"

namespace tandem::cost {

inline Identity some_identity() {
  return {"digest", "edge", "x86_64, 2 cores", "onnxruntime 1.2, 1 thread"};
}

inline Examination some_examination() {
  Features features{"Conv", 1e9, 4000, 2000.5, 100};
  features.kernel_elements = 9;
  features.im2col_bytes = 36'000;
  const Kernel convolution{"Conv_0_nchwc", "Conv", 1.5, {0, 1, 3}, features};
  return {some_identity(), 1000, 4, {convolution, {"Reorder", "ReorderOutput", 0.125}}, 20.5, 4096, 8192};
}

inline StageTime some_stage_time() {
  return {some_identity(), {{0, 2}, {3, 4}}, {1.5, 1.25, 0.1}, 1001};
}

inline LinkCosts some_link_costs() {
  return {"device",
          "edge",
          {5.5, 1000, Source::Probe},
          {0.25, 1001, Source::Given},
          {10, 1002, Source::Transfer},
          {20, 1003, Source::Probe}};
}

// 0.1F and 1e-10F have no short decimal form.
inline CodecRate some_codec_rate() {
  const CodecLoss first{"exit1", -0.25, 0.5, 1.5};
  const CodecLoss last{"exit2", 0.75, 1.25, 3};
  const std::string description("klevel k=3\n\0\xFF", 13);
  return {"digest", "relu1", "fashion-mnist", "klevel k=3 0123abcd", description, 1005, 4096, 10'000,
          402.5,    0.5,     {first, last}};
}

inline CodecTime some_codec_time() {
  return {some_identity(), "relu1", "klevel k=3 0123abcd", 0.125, 0.1, 1006};
}

}  // namespace tandem::cost
