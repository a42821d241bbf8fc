// An ONNX graph run under libtorch's autograd, node by node, so that a model is trained as it is and written back as
// the same graph with new weights. Private to train/ and tests/train_engine_test. Not synchronised.
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

// A trained tensor: the weights and biases of Conv, ConvTranspose, Gemm, MatMul (and an Add that follows it), the scale
// and the bias of BatchNormalization, the slope of PRelu, provided that it is a float32 initializer and an exit needs
// it. Everything else is constant.
struct Parameter {
  std::string name;         // the initializer's
  at::Tensor value;         // a leaf with requires_grad; change it in place
  std::size_t exit = 0;     // the first exit that needs it
  bool is_in_head = false;  // only one early exit needs it
  bool decays = false;      // subject to weight decay: of at least two dimensions, so no bias or scale
};

using Values = std::map<std::string, at::Tensor>;

class Network {
 public:
  // Throws Error(Unsupported) when the graph holds an operator, an attribute or an opset that operators.h lacks: one
  // line with the node, its operator and the missing feature.
  explicit Network(model::Program program);

  const model::Program& program() const { return program_; }
  const std::vector<std::string>& exits() const { return program_.exits; }

  // The tensor for the loss of each exit: the input of its final Softmax or LogSoftmax, or else the exit itself.
  const std::vector<std::string>& logits() const { return logits_; }

  // In the order of the nodes that read them.
  std::vector<Parameter>& parameters() { return parameters_; }

  // The tensors on which heads of early exits depend: read by nodes of heads, made by other nodes or given as the
  // model's inputs. Where a head begins with a pooling, the output of that pooling instead. A head is the set of nodes
  // that only one exit needs, other than the last one.
  const std::vector<std::string>& head_inputs() const { return head_inputs_; }

  // Computes `wanted` from `given`: the model's inputs, or any tensors that determine `wanted` (head_inputs). The first
  // dimension of `given` is the batch, whatever the file says. With `is_training`, batch norms use and update their
  // statistics by the batch, and dropouts are active. With `heads_only`, this holds for nodes of heads alone, and no
  // gradients are kept for others. A tensor is released after its last reader. Throws Error(InvalidInput), naming the
  // tensor or the node, when a tensor is missing or a shape does not fit.
  struct Run {
    bool is_training = false;
    bool heads_only = false;
  };
  Values run(const Values& given, const std::vector<std::string>& wanted, const Run& how);
  Values run(const Values& given, const std::vector<std::string>& wanted) { return run(given, wanted, Run{}); }

  // All tensors that training changes, under the initializers' names: parameters and the running statistics of batch
  // norms. Copies, contiguous float32, as in the file.
  std::map<std::string, base::Tensor> trained_weights() const;
  // Takes such tensors back, for example from a checkpoint. Throws Error(InvalidInput) on an unknown name or a wrong
  // type.
  void set_weights(const std::map<std::string, base::Tensor>& weights);

  // The memory layout of images, for later runs: channels last is faster on CPUs.
  void use_channels_last();

 private:
  using Slot = std::size_t;  // the number of a tensor, in the order of first mention

  struct Step {
    std::size_t node = 0;  // in program_
    Operator compute;
    std::vector<Slot> inputs;
    std::vector<Slot> outputs;
    bool is_in_head = false;
    bool can_train = true;            // false for a batch norm without running statistics of its own
    bool can_be_overwritten = false;  // its output, by the only reader
  };
  struct Progress;  // the state of one run

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
  std::vector<Slot> parameter_slots_;  // parallel to parameters_
  Tensors constants_;                  // by slot; undefined for outputs of steps and for parameters
  std::vector<Step> steps_;
  std::int64_t batch_in_file_ = 1;
  bool is_channels_last_ = false;
};

}  // namespace tandem::train
