#include "engine/slowed/slowed.h"

#include <gtest/gtest.h>

#include "engine/fake/fake.h"

namespace tandem::engine {
namespace {

class OneKernel : public Engine {
 public:
  std::string name() const override { return "one"; }
  int threads() const override { return 3; }
  std::unique_ptr<Session> load(const model::Part& part, Optimization) override { return fake->load(part); }
  std::vector<KernelTime> time_kernels(const model::Part&, const std::vector<base::Tensor>&, int,
                                       const std::stop_token&) override {
    return {{"conv", "Conv", base::Milliseconds(2)}};
  }
  std::unique_ptr<Engine> fake = fake_engine();
};

TEST(Slowed, StretchesKernelsAndSaysByHowMuch) {
  OneKernel engine;
  const auto slow = slowed(engine, 8);
  EXPECT_EQ(engine.slowdown(), 1);
  EXPECT_EQ(slow->slowdown(), 8);
  EXPECT_EQ(slow->time_kernels({}, {}, 1).at(0).time, base::Milliseconds(16));
}

TEST(Slowed, ForwardsAllElseToItsEngine) {
  OneKernel engine;
  const auto slow = slowed(engine, 8);
  EXPECT_EQ(slow->name(), "one");
  EXPECT_EQ(slow->threads(), 3);
  model::Part part;
  part.outputs = {{"y", {base::ElementType::Float32, {2}}}};
  EXPECT_EQ(slow->load(part)->outputs(), part.outputs);
}

}  // namespace
}  // namespace tandem::engine
