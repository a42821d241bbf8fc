#include "model/work.h"

#include <algorithm>

namespace tandem::model {
namespace {

// Products of numbers that come from a file saturate instead of overflowing, far enough below the limit to be added up.
constexpr std::int64_t kMostWork = std::int64_t{1} << 48;

std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (a < 0 || b < 0) return 0;
  return __builtin_mul_overflow(a, b, &result) ? kMostWork : std::min(result, kMostWork);
}

std::int64_t count(const base::Shape& shape, std::size_t from = 0) {
  if (shape.size() <= from) return from == 0 ? 1 : 0;
  std::int64_t result = 1;
  for (std::size_t i = from; i < shape.size(); ++i) result = product(result, shape[i]);
  return result;
}

std::int64_t attribute(const onnx::NodeProto& node, const std::string& name, std::int64_t otherwise) {
  for (const auto& candidate : node.attribute()) {
    if (candidate.name() == name && candidate.has_i()) return candidate.i();
  }
  return otherwise;
}

base::Shape list_attribute(const onnx::NodeProto& node, const std::string& name) {
  for (const auto& candidate : node.attribute()) {
    if (candidate.name() == name) return {candidate.ints().begin(), candidate.ints().end()};
  }
  return {};
}

class Work {
 public:
  Work(const onnx::NodeProto& node, const ShapeLookup& shape_of) : node_(node), shape_of_(shape_of) {}

  std::int64_t count_all() const {
    const std::string& op = node_.op_type();
    if (op == "Conv" || op == "FusedConv" || op == "ConvInteger") return convolution(1);
    if (op == "QLinearConv") return convolution(3);
    if (op == "ConvTranspose") return per_element(input(0), input(1));
    if (op == "Gemm") return gemm();
    if (op == "MatMul" || op == "MatMulInteger" || op == "QLinearMatMul") return matrix_product();
    if (op == "LSTM" || op == "GRU" || op == "RNN") return recurrent();
    return 0;
  }

 private:
  base::Shape input(int index) const {
    return index < node_.input_size() ? shape_of_(node_.input(index)) : base::Shape{};
  }
  base::Shape output() const { return node_.output_size() > 0 ? shape_of_(node_.output(0)) : base::Shape{}; }

  static std::int64_t per_element(const base::Shape& elements, const base::Shape& weight) {
    return elements.empty() || weight.empty() ? 0 : product(count(elements), count(weight, 1));
  }

  std::int64_t convolution(int weight_index) const { return per_element(output(), input(weight_index)); }

  std::int64_t gemm() const {
    const base::Shape b = input(1);
    if (b.size() != 2 || output().empty()) return 0;
    return product(count(output()), attribute(node_, "transB", 0) != 0 ? b[1] : b[0]);
  }

  std::int64_t matrix_product() const {
    const base::Shape a = input(0);
    return a.empty() || output().empty() ? 0 : product(count(output()), a.back());
  }

  std::int64_t recurrent() const {
    const base::Shape x = input(0);
    if (x.size() != 3 || input(1).empty() || input(2).empty()) return 0;
    const std::int64_t weights = count(input(1)) + count(input(2));
    return product(product(x[0], x[1]), weights);
  }

  const onnx::NodeProto& node_;
  const ShapeLookup& shape_of_;
};

}  // namespace

std::int64_t multiply_accumulates(const onnx::NodeProto& node, const ShapeLookup& shape_of) {
  return Work(node, shape_of).count_all();
}

Window window_of(const onnx::NodeProto& node, const ShapeLookup& shape_of) {
  const std::string& op = node.op_type();
  const bool is_convolution = op.find("Conv") != std::string::npos;
  if (!is_convolution && (op.find("Pool") == std::string::npos || op.starts_with("Global"))) return {};
  base::Shape kernel = list_attribute(node, "kernel_shape");
  const int weight = op == "QLinearConv" ? 3 : 1;
  if (kernel.empty() && is_convolution && weight < node.input_size()) {
    const base::Shape shape = shape_of(node.input(weight));
    if (shape.size() > 2) kernel.assign(shape.begin() + 2, shape.end());
  }
  if (kernel.empty()) return {};
  const base::Shape strides = list_attribute(node, "strides");
  Window window;
  window.width = product(kernel.back(), 1);
  kernel.pop_back();
  window.height = count(kernel);
  window.stride = strides.empty() ? 1 : product(strides.back(), 1);
  window.groups = is_convolution ? product(attribute(node, "group", 1), 1) : 0;
  return window;
}

}  // namespace tandem::model
