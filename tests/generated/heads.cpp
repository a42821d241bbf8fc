#include "generated/blocks.h"

namespace tandem::generated {
namespace {

using base::Shape;

constexpr auto kInt64 = onnx::TensorProto::INT64;
constexpr std::int64_t kClasses = 5;

// x.view(x.size(0), -1), as PyTorch's exporter writes it.
Value flattened(Sketch& net, const Value& x) {
  const auto rank = static_cast<std::int64_t>(x.shape.size());
  std::int64_t rest = 1;
  for (std::int64_t i = 1; i < rank; ++i) rest *= x.shape[static_cast<std::size_t>(i)];
  const Value sizes = net.op("Shape", {x}, {}, {rank}, kInt64);
  const Value batch = net.op("Gather", {sizes, net.integer(0)}, {{"axis", std::int64_t{0}}}, {}, kInt64);
  const Value first = net.with_list("Unsqueeze", batch, "axes", {0}, 13, {1});
  const Value target = net.op("Concat", {first, net.integers({-1})}, {{"axis", std::int64_t{0}}}, {2}, kInt64);
  return net.op("Reshape", {x, target}, {}, {x.shape[0], rest});
}

Value pooled(Sketch& net, const Value& x) {
  const Value mean = net.op("GlobalAveragePool", {x}, {}, {x.shape[0], x.shape[1], 1, 1});
  return net.op("Flatten", {mean}, {}, {x.shape[0], x.shape[1]});
}

void classes_of_means(Sketch& net, const Value& x) {
  net.output(net.op("Softmax", {dense(net, pooled(net, x), kClasses)}, {{"axis", std::int64_t{1}}}));
}

void classes_of_everything(Sketch& net, const Value& x) {
  const Value flat = flattened(net, x);
  net.output(net.op("Gemm", {flat, net.weights({width_of(flat), kClasses}), net.weights({kClasses})}, {},
                    {x.shape[0], kClasses}));
}

void largest_class(Sketch& net, const Value& x) {
  const Value scores = dense(net, pooled(net, x), kClasses);
  net.output(net.op("ArgMax", {scores}, {{"axis", std::int64_t{1}}}, {x.shape[0], 1}, kInt64));
}

void a_picture(Sketch& net, const Value& x) {
  net.output(net.op("Sigmoid", {convolution(net, x, 1, 1)}));
}

void two_answers(Sketch& net, const Value& x) {
  net.output(net.op("Softmax", {dense(net, x, kClasses)}, {{"axis", static_cast<std::int64_t>(x.shape.size()) - 1}}));
  net.output(net.op("Tanh", {x}));
}

void mean_of_words(Sketch& net, const Value& x) {
  const Value mean =
      net.op("ReduceMean", {x}, {{"axes", Ints{1}}, {"keepdims", std::int64_t{0}}}, {x.shape[0], width_of(x)});
  net.output(dense(net, mean, kClasses));
}

void first_word(Sketch& net, const Value& x) {
  const Value first = net.op("Gather", {x, net.integer(0)}, {{"axis", std::int64_t{1}}}, {x.shape[0], width_of(x)});
  net.output(net.op("Tanh", {dense(net, first, width_of(x))}));
}

void classes(Sketch& net, const Value& x) {
  net.output(
      net.op("LogSoftmax", {dense(net, x, kClasses)}, {{"axis", static_cast<std::int64_t>(x.shape.size()) - 1}}));
}

// An early exit, read by nothing else.
void early_and_late(Sketch& net, const Value& x) {
  net.output(net.op("Softmax", {dense(net, x, 3)}, {{"axis", static_cast<std::int64_t>(x.shape.size()) - 1}}));
  const Value late = net.op("Relu", {dense(net, net.op("Neg", {x}), width_of(x))});
  net.output(net.op("Add", {late, x}));
}

}  // namespace

const std::vector<Head>& heads() {
  static const std::vector<Head> instance = {
      {"classes_of_means", Form::Picture, classes_of_means},
      {"classes_of_everything", Form::Picture, classes_of_everything},
      {"largest_class", Form::Picture, largest_class},
      {"a_picture", Form::Picture, a_picture},
      {"two_answers", Form::Any, two_answers},
      {"mean_of_words", Form::Words, mean_of_words},
      {"first_word", Form::Words, first_word},
      {"classes", Form::Any, classes},
      {"early_and_late", Form::Any, early_and_late},
  };
  return instance;
}

}  // namespace tandem::generated
