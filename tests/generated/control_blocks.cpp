// Branches, loops and functions; most read tensors of the graph around them.
#include "generated/blocks.h"

namespace tandem::generated {
namespace {

using base::Shape;

constexpr auto kBool = onnx::TensorProto::BOOL;
constexpr auto kInt64 = onnx::TensorProto::INT64;

Value branch(Sketch& net, const Value& condition, const Value& x) {
  const Value outer = net.op("Tanh", {x});
  const auto then_graph = net.graph_of({}, [&] { return std::vector{net.op("Add", {x, outer})}; });
  const auto else_graph = net.graph_of({}, [&] { return std::vector{net.op("Sub", {outer, net.number(0.5F)})}; });
  return net.op("If", {condition}, {{"then_branch", then_graph}, {"else_branch", else_graph}}, x.shape);
}

Value constant_choice(Sketch& net, const Value& x) {
  return branch(net, net.of_type(kBool, {}, "\1"), x);
}

Value computed_choice(Sketch& net, const Value& x) {
  const Value mean = net.op("ReduceMean", {x}, {{"keepdims", std::int64_t{0}}}, {});
  return branch(net, net.op("Greater", {mean, net.number(0)}, {}, {}, kBool), x);
}

// Three rounds of state = (state + x) / 2.
Value fixed_loop(Sketch& net, const Value& x) {
  const Value round = net.fresh({}, kInt64, "round");
  const Value goes_on = net.fresh({}, kBool, "goes_on");
  const Value state = net.fresh(x.shape, x.element, "state");
  const auto body = net.graph_of({round, goes_on, state}, [&] {
    const Value next = net.op("Mul", {net.op("Add", {state, x}), net.number(0.5F)}, {}, x.shape);
    return std::vector{net.op("Identity", {goes_on}), next};
  });
  const Value start = net.op("Relu", {x});
  return net.op("Loop", {net.integer(3), net.of_type(kBool, {}, "\1"), start}, {{"body", body}}, x.shape);
}

Value conditional_loop(Sketch& net, const Value& x) {
  const Value round = net.fresh({}, kInt64, "round");
  const Value goes_on = net.fresh({}, kBool, "goes_on");
  const Value state = net.fresh(x.shape, x.element, "state");
  const auto body = net.graph_of({round, goes_on, state}, [&] {
    const Value next = net.op("Mul", {state, net.number(0.5F)});
    return std::vector{net.op("Less", {round, net.integer(1)}, {}, {}, kBool), next};
  });
  return net.op("Loop", {net.integer(10), net.of_type(kBool, {}, "\1"), x}, {{"body", body}}, x.shape);
}

// Over time: state = tanh(state + step).
Value scanned(Sketch& net, const Value& x) {
  const Shape row = {x.shape[0], width_of(x)};
  const Value first = net.op("Transpose", {x}, {{"perm", Ints{1, 0, 2}}}, {x.shape[1], row[0], row[1]});
  const Value start = net.op("ReduceMean", {x}, {{"axes", Ints{1}}, {"keepdims", std::int64_t{0}}}, row);
  const Value state = net.fresh(row, x.element, "state");
  const Value step = net.fresh(row, x.element, "step");
  const auto body = net.graph_of({state, step}, [&] {
    const Value next = net.op("Tanh", {net.op("Add", {state, step})});
    return std::vector{next, net.op("Mul", {next, step})};
  });
  const auto made = net.outputs_of("Scan", {start, first}, {{"body", body}, {"num_scan_inputs", std::int64_t{1}}},
                                   {row, first.shape});
  return net.op("Transpose", {made[1]}, {{"perm", Ints{1, 0, 2}}}, x.shape);
}

Value nested_choice(Sketch& net, const Value& x) {
  const Value mean = net.op("ReduceMean", {x}, {{"keepdims", std::int64_t{0}}}, {});
  const Value condition = net.op("Less", {mean, net.number(2)}, {}, {}, kBool);
  const auto then_graph = net.graph_of({}, [&] { return std::vector{branch(net, condition, x)}; });
  const auto else_graph = net.graph_of({}, [&] { return std::vector{net.op("Neg", {x})}; });
  return net.op("If", {condition}, {{"then_branch", then_graph}, {"else_branch", else_graph}}, x.shape);
}

Value local_function(Sketch& net, const Value& x) {
  const std::string name = "Twice" + std::to_string(net.below(1000));
  net.function(name, {"Relu", "Tanh"});
  return net.call(name, net.op("Add", {net.call(name, x), x}));
}

}  // namespace

const std::vector<Block>& control_blocks() {
  static const std::vector<Block> blocks = {
      {"constant_choice", Form::Any, constant_choice, 11},
      {"computed_choice", Form::Any, computed_choice, 11},
      {"fixed_loop", Form::Any, fixed_loop, 11},
      {"conditional_loop", Form::Any, conditional_loop, 11},
      {"scanned", Form::Words, scanned, 9},
      {"nested_choice", Form::Any, nested_choice, 11},
      {"local_function", Form::Any, local_function, 13},
  };
  return blocks;
}

}  // namespace tandem::generated
