#include "engine/slowed/slowed.h"

#include <cassert>

namespace tandem::engine {
namespace {

class Slowed : public Engine {
 public:
  Slowed(Engine& engine, double factor) : engine_(engine), factor_(factor) { assert(factor >= 1); }

  std::string name() const override { return engine_.name(); }
  int threads() const override { return engine_.threads(); }
  double slowdown() const override { return engine_.slowdown() * factor_; }

  std::unique_ptr<Session> load(const model::Part& part, Optimization optimization) override {
    return engine_.load(part, optimization);
  }
  std::vector<KernelTime> time_kernels(const model::Part& part, const std::vector<base::Tensor>& inputs, int runs,
                                       const std::stop_token& stop) override {
    std::vector<KernelTime> kernels = engine_.time_kernels(part, inputs, runs, stop);
    for (KernelTime& kernel : kernels) kernel.time *= factor_;
    return kernels;
  }

 private:
  Engine& engine_;
  const double factor_;
};

}  // namespace

std::unique_ptr<Engine> slowed(Engine& engine, double factor) {
  return std::make_unique<Slowed>(engine, factor);
}

}  // namespace tandem::engine
