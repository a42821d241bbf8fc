// Runs parts on tensors. Implemented by ONNX Runtime (onnx_runtime.h), a fake for tests (fake.h), and a decorator that
// emulates a slower machine (slowed.h).
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/tensor.h"
#include "model/part.h"
#include "model/value_ranges.h"

namespace tandem::engine {

struct KernelTime {
  std::string name;     // as the engine names it: a layer, or the last tensor of fused layers, with a suffix
  std::string op_type;  // "Conv", "ReorderInput", …
  base::Milliseconds time{0};
  // The tensors that it reads and makes, where the engine tells. Those with names of the part's tensors are the same.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

// A part made ready to run. One run at a time; different sessions may run at once.
class Session {
 public:
  virtual ~Session() = default;

  // In the part's order. The session may know more of its output types than the part (see load.h): unknown dimensions
  // are base::kUnknownDimension; a shape without dimensions may be that of a scalar, or unknown.
  virtual const std::vector<base::NamedType>& inputs() const = 0;
  virtual const std::vector<base::NamedType>& outputs() const = 0;

  // Inputs in the order of inputs(), outputs in that of outputs(). The memory of an output is used again once nobody
  // holds it. A request to stop, from any thread, ends the run between two kernels. Throws Error(InvalidInput) when an
  // input's type differs from what inputs() says, Error(Internal) when the engine fails, Error(Unavailable) when the
  // run was stopped, Error(ResourceExhausted) when it needs more memory than there is.
  virtual std::vector<base::Tensor> run(const std::vector<base::Tensor>& inputs, const std::stop_token& stop = {}) = 0;
};

enum class Optimization {
  None,  // every layer as it stands in the file
  All,   // fused, in the fastest layout
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string name() const = 0;  // "onnxruntime 1.30.0"
  virtual int threads() const = 0;
  // Work takes this many times as long on the emulated machine as here; 1: no emulation. Sessions do not wait:
  // callers that time runs stretch the times.
  virtual double slowdown() const { return 1; }

  // The session may read the part's weights in place, or keep one copy in the layout that it computes with; it holds
  // on to them either way. Thread-safe.
  // Throws Error(InvalidInput) with the engine's reason when it refuses the graph, Error(Unsupported) where it lacks a
  // version, an operator or a domain that the graph names, Error(ResourceExhausted) when it needs more memory than
  // there is.
  virtual std::unique_ptr<Session> load(const model::Part& part, Optimization optimization = Optimization::All) = 0;

  // Times each kernel of a part over `runs` runs on the given inputs: medians, in order of execution. Throws as run()
  // does.
  virtual std::vector<KernelTime> time_kernels(const model::Part& part, const std::vector<base::Tensor>& inputs,
                                               int runs, const std::stop_token& stop = {}) = 0;
};

// Seeded values for inputs of these types, inside the ranges: else in [-1, 1), half precision included; bytes of any
// value, and other integers 0 or 1, which fit whatever they index or count. Throws Error(ResourceExhausted) when they
// take more than 4 GB in all.
std::vector<base::Tensor> made_up_inputs(const std::vector<base::NamedType>& types, unsigned seed = 1,
                                         const model::RangeByInput& ranges = {});

}  // namespace tandem::engine
