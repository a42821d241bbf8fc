#include "generated/blocks.h"

namespace tandem::generated {
namespace {

using base::Shape;

constexpr std::int64_t kHeads = 2;

Value mean_of_last(Sketch& net, const Value& x) {
  Shape shape = x.shape;
  shape.back() = 1;
  return net.op("ReduceMean", {x}, {{"axes", Ints{static_cast<std::int64_t>(x.shape.size()) - 1}}}, shape);
}

Value layer_norm_written_out(Sketch& net, const Value& x) {
  const Value centred = net.op("Sub", {x, mean_of_last(net, x)});
  const Value variance = mean_of_last(net, net.op("Pow", {centred, net.number(2)}));
  const Value deviation = net.op("Sqrt", {net.op("Add", {variance, net.number(1e-5F)})});
  const Value normal = net.op("Div", {centred, deviation});
  return net.op("Add", {net.op("Mul", {normal, net.weights({width_of(x)})}), net.weights({width_of(x)})});
}

Value layer_norm(Sketch& net, const Value& x) {
  return net.op("LayerNormalization", {x, net.weights({width_of(x)}), net.weights({width_of(x)})});
}

Value feed_forward(Sketch& net, const Value& x) {
  const Value wide = dense(net, x, 2 * width_of(x));
  const Value erf = net.op("Erf", {net.op("Div", {wide, net.number(1.41421356F)})});
  const Value gelu = net.op("Mul", {net.op("Mul", {wide, net.op("Add", {erf, net.number(1)})}), net.number(0.5F)});
  return net.op("Add", {x, dense(net, gelu, width_of(x))});
}

// Reshapes by numbers where the length is known, else by what Shape gives, as PyTorch's exporter does.
Value shaped_as(Sketch& net, const Value& x, const Value& like, const Ints& rest, const Shape& shape) {
  if (!net.habits.has_symbolic_length) {
    Ints target = {-1, like.shape[1]};
    target.insert(target.end(), rest.begin(), rest.end());
    return net.op("Reshape", {x, net.integers(target)}, {}, shape);
  }
  const Value sizes =
      net.op("Shape", {like}, {}, {static_cast<std::int64_t>(like.shape.size())}, onnx::TensorProto::INT64);
  std::vector<Value> parts;
  for (const std::int64_t axis : {0, 1}) {
    const Value size =
        net.op("Gather", {sizes, net.integer(axis)}, {{"axis", std::int64_t{0}}}, {}, onnx::TensorProto::INT64);
    parts.push_back(net.with_list("Unsqueeze", size, "axes", {0}, 13, {1}));
  }
  for (const std::int64_t size : rest) parts.push_back(net.integers({size}));
  const Shape length = {static_cast<std::int64_t>(2 + rest.size())};
  const Value target = net.op("Concat", parts, {{"axis", std::int64_t{0}}}, length, onnx::TensorProto::INT64);
  return net.op("Reshape", {x, target}, {}, shape);
}

Value attention(Sketch& net, const Value& x) {
  const auto [batch, length, width] = std::tuple(x.shape[0], x.shape[1], width_of(x));
  const std::int64_t depth = width / kHeads;
  const auto heads = [&](const Ints& order) {
    const Value apart = shaped_as(net, dense(net, x, width), x, {kHeads, depth}, {batch, length, kHeads, depth});
    const Shape shape = order[3] == 1 ? Shape{batch, kHeads, depth, length} : Shape{batch, kHeads, length, depth};
    return net.op("Transpose", {apart}, {{"perm", order}}, shape);
  };
  const Value query = heads({0, 2, 1, 3});
  const Value key = heads({0, 2, 3, 1});
  const Value value = heads({0, 2, 1, 3});
  const Value scores =
      net.op("Div", {net.op("MatMul", {query, key}, {}, {batch, kHeads, length, length}), net.number(2)});
  const Value shares = net.op("Softmax", {scores}, {{"axis", std::int64_t{3}}});
  const Value mixed = net.op("MatMul", {shares, value}, {}, {batch, kHeads, length, depth});
  const Value turned = net.op("Transpose", {mixed}, {{"perm", Ints{0, 2, 1, 3}}}, {batch, length, kHeads, depth});
  return net.op("Add", {x, dense(net, shaped_as(net, turned, x, {width}, x.shape), width)});
}

// Only the sequence is read, not the last states.
Value recurrent(Sketch& net, const Value& x, const char* op_type, std::int64_t gates) {
  const auto [batch, length, width] = std::tuple(x.shape[0], x.shape[1], width_of(x));
  const Value first = net.op("Transpose", {x}, {{"perm", Ints{1, 0, 2}}}, {length, batch, width});
  const Shape state = {1, batch, width};
  const Value made = net.outputs_of(op_type,
                                    {first, net.weights({1, gates * width, width}),
                                     net.weights({1, gates * width, width}), net.weights({1, 2 * gates * width})},
                                    {{"hidden_size", width}}, {{length, 1, batch, width}, state})[0];
  const Value flat = net.with_list("Squeeze", made, "axes", {1}, 13, first.shape);
  return net.op("Transpose", {flat}, {{"perm", Ints{1, 0, 2}}}, x.shape);
}

Value lstm(Sketch& net, const Value& x) {
  return recurrent(net, x, "LSTM", 4);
}

Value gru(Sketch& net, const Value& x) {
  return recurrent(net, x, "GRU", 3);
}

Value rnn(Sketch& net, const Value& x) {
  return recurrent(net, x, "RNN", 1);
}

Value convolution_over_time(Sketch& net, const Value& x) {
  const auto [batch, length, width] = std::tuple(x.shape[0], x.shape[1], width_of(x));
  const Value turned = net.op("Transpose", {x}, {{"perm", Ints{0, 2, 1}}}, {batch, width, length});
  const Value made = net.op("Conv", {turned, net.weights({width, width, 3})}, {{"pads", Ints{1, 1}}});
  return net.op("Transpose", {net.op("Relu", {made})}, {{"perm", Ints{0, 2, 1}}}, x.shape);
}

Value masked(Sketch& net, const Value& x) {
  const Value mask = net.op("Greater", {x, net.number(0)}, {}, x.shape, onnx::TensorProto::BOOL);
  const Value both = net.op("And", {mask, net.op("Not", {mask})});
  return net.op("Where", {net.op("Or", {mask, both}), x, net.number(-0.5F)}, {}, x.shape);
}

Value positions(Sketch& net, const Value& x) {
  const Value sizes = net.op("Shape", {x}, {}, {3}, onnx::TensorProto::INT64);
  const Value length =
      net.op("Gather", {sizes, net.integer(1)}, {{"axis", std::int64_t{0}}}, {}, onnx::TensorProto::INT64);
  const Value places =
      net.op("Range", {net.integer(0), length, net.integer(1)}, {}, {x.shape[1]}, onnx::TensorProto::INT64);
  const Value rows = net.op("Gather", {net.weights({32, width_of(x)}), places}, {{"axis", std::int64_t{0}}},
                            {x.shape[1], width_of(x)});
  return net.op("Add", {x, rows});
}

Value running_sum(Sketch& net, const Value& x) {
  return net.op("CumSum", {x, net.integer(1)});
}

Value contracted(Sketch& net, const Value& x) {
  return net.op("Einsum", {x, net.weights({width_of(x), width_of(x)})}, {{"equation", std::string("bij,jk->bik")}});
}

Value softmax_of_last(Sketch& net, const Value& x) {
  return net.op("Mul", {x, net.op("Softmax", {x}, {{"axis", std::int64_t{2}}})});
}

Value doubled_and_halved(Sketch& net, const Value& x) {
  const Shape wide = {x.shape[0], x.shape[1], 2 * width_of(x)};
  const Value twice = net.op("Tile", {x, net.integers({1, 1, 2})}, {}, wide);
  if (net.habits.opset < 10)
    return net.op("Slice", {twice}, {{"axes", Ints{2}}, {"starts", Ints{0}}, {"ends", Ints{width_of(x)}}}, x.shape);
  return net.op("Slice", {twice, net.integers({0}), net.integers({width_of(x)}), net.integers({2})}, {}, x.shape);
}

}  // namespace

const std::vector<Block>& word_blocks() {
  static const std::vector<Block> blocks = {
      {"layer_norm_written_out", Form::Words, layer_norm_written_out},
      {"layer_norm", Form::Words, layer_norm, 17},
      {"feed_forward", Form::Words, feed_forward},
      {"attention", Form::Words, attention},
      {"lstm", Form::Words, lstm},
      {"gru", Form::Words, gru},
      {"rnn", Form::Words, rnn},
      {"convolution_over_time", Form::Words, convolution_over_time},
      {"masked", Form::Words, masked},
      {"positions", Form::Words, positions, 11},
      {"running_sum", Form::Words, running_sum, 11},
      {"contracted", Form::Words, contracted, 12},
      {"softmax_of_last", Form::Words, softmax_of_last},
      {"doubled_and_halved", Form::Words, doubled_and_halved},
  };
  return blocks;
}

}  // namespace tandem::generated
