// For train's own sources: an ONNX graph run under libtorch's autograd, node by node, so that any such model can be
// trained as it is and written back as the same graph with new weights. Not synchronised.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"
#include "model/program.h"
#include "train/operators.h"
#include "train/structure.h"
#include "train/torch_tensors.h"

namespace tandem::train {

// Trained: the weights and biases of Conv, ConvTranspose, Gemm, MatMul (and an Add that follows it), the scale and the
// bias of BatchNormalization, the slope of PRelu, as far as they are float32 initializers that an exit needs.
// Everything else is a constant.
struct Parameter {
  std::string name;         // of the initializer
  at::Tensor value;         // a leaf; requires_grad. Change it in place
  std::size_t exit = 0;     // the first exit that needs it
  bool is_in_head = false;  // only an early exit reads it
  bool decays = false;      // a weight of at least two dimensions; biases and scales are spared weight decay
};

using Values = std::map<std::string, at::Tensor>;

class Network {
 public:
  // Throws Error(Unsupported), one line that names the node, its operator and what is missing, when the graph holds an
  // operator, an attribute or an opset that operators.h lacks.
  explicit Network(model::Program program);

  const model::Program& program() const { return program_; }
  const std::vector<std::string>& exits() const { return program_.exits; }

  // By exit: what its Softmax (or LogSoftmax) reads, or the exit itself where none ends it: what losses are taken of.
  const std::vector<std::string>& logits() const { return logits_; }

  // In the order of the nodes that read them.
  std::vector<Parameter>& parameters() { return parameters_; }

  // What the heads of early exits read of the trunk: tensors that nodes of heads read and nodes outside make, or the
  // model's inputs; of a head that begins with a pooling, what that makes. A head is what only one exit, not the last
  // one, needs.
  const std::vector<std::string>& head_inputs() const { return head_inputs_; }

  // Computes `wanted` from `given`: the model's inputs, or any tensors that cut `wanted` off from them (head_inputs).
  // The first dimension of what is given is the batch, whatever the file says. While `is_training`, batch norms use and
  // follow the batch's statistics and dropouts drop. With `heads_only`, nodes outside heads do neither, nor do they
  // keep anything for gradients. Every tensor is let go as soon as no later node reads it. Throws Error(InvalidInput),
  // naming the tensor or the node, on tensors that are missing and on shapes that do not fit.
  struct Run {
    bool is_training = false;
    bool heads_only = false;
  };
  Values run(const Values& given, const std::vector<std::string>& wanted, const Run& how);
  Values run(const Values& given, const std::vector<std::string>& wanted) { return run(given, wanted, Run{}); }

  // Everything that training changes, under the initializers' names: parameters and the running statistics of batch
  // norms; copies, contiguous float32, as the file holds them.
  std::map<std::string, base::Tensor> trained_weights() const;
  // The same, taken back, as from a checkpoint. Throws Error(InvalidInput) on a name or a type that is not the model's.
  void set_weights(const std::map<std::string, base::Tensor>& weights);

  // The layout of images in memory: channels last is faster on CPUs. Applies to what is given from now on.
  void use_channels_last();

 private:
  using Slot = std::size_t;  // of a tensor, in the order of first mention

  struct Step {
    std::size_t node = 0;  // in program_
    Operator compute;
    std::vector<Slot> inputs;
    std::vector<Slot> outputs;
    bool is_in_head = false;
    bool can_train = true;            // a batch norm without running statistics of its own cannot
    bool can_be_overwritten = false;  // what it makes, by its only reader
  };
  struct Progress;  // of one run

  Slot slot_of(const std::string& tensor);
  Slot known_slot(const std::string& tensor) const;
  void load_weights(const Structure& structure);
  void add_step(std::size_t index, const Structure& structure);
  bool is_constant(const Step& step) const;
  void keep_result(const Step& step);
  [[noreturn]] void fail(const Step& step, base::ErrorKind kind, const std::string& reason) const;

  Tensors compute(const Step& step, const Tensors& inputs, const Circumstances& circumstances) const;
  void plan_steps(Progress& progress) const;
  void check_given(const std::string& name, const at::Tensor& tensor, std::int64_t batch) const;
  Progress start(const Values& given, const std::vector<std::string>& wanted) const;
  void take(const Step& step, Progress& progress, const Run& how) const;

  model::Program program_;
  std::vector<std::string> logits_;
  std::vector<std::string> head_inputs_;
  std::vector<Parameter> parameters_;
  Values statistics_;  // running means and variances of batch norms

  std::map<std::string, Slot> slots_;
  std::vector<Slot> parameter_slots_;  // beside parameters_
  Tensors constants_;                  // by slot; undefined where a step makes the tensor, and for parameters
  std::vector<Step> steps_;
  std::int64_t batch_in_file_ = 1;
  bool is_channels_last_ = false;
};

}  // namespace tandem::train
