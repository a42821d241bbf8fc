// For tests of agents and of folders above: a small model with a branch, a skip, an early exit and a late input.
#pragma once

#include <string>

#include "agent/agent.h"
#include "base/test_clock.h"
#include "model/builder.h"
#include "model/model.h"
#include "rpc/offer.h"

namespace tandem::agent {

inline base::TensorType vector_type() {
  return {base::ElementType::Float32, {1, 4}};
}

inline base::Tensor vector_of(float value) {
  return base::Tensor::of<float>(vector_type(), std::vector<float>(4, value));
}

// Layers: a, b, early (the first answer), c, d, e, last (the second). `side` is read by e only, `a` by b and c.
inline model::Model branchy_model() {
  model::GraphBuilder builder("branchy");
  builder.input("x", vector_type());
  builder.input("side", vector_type());
  builder.weight("scale", vector_of(3));
  builder.node("Mul", {"x", "scale"}, {}, "a");
  builder.node("Tanh", {"a"}, {}, "b");
  builder.node("Softmax", {"b"}, {}, "early");
  builder.node("Sigmoid", {"a"}, {}, "c");
  builder.node("Mul", {"b", "c"}, {}, "d");
  builder.node("Add", {"d", "side"}, {}, "e");
  builder.node("Mul", {"e", "scale"}, {}, "last");
  builder.output("early", vector_type());
  builder.output("last", vector_type());
  model::TypeByTensor types;
  for (const char* name : {"a", "b", "early", "c", "d", "e", "last"}) types[name] = vector_type();
  return model::Model(model::Source::from_part(builder.finish(), "branchy"), types);
}

inline std::vector<base::NamedTensor> branchy_inputs() {
  return {{"x", vector_of(0.25f)}, {"side", vector_of(-1)}};
}

// Layers [first, last) of the model, made ready on an agent; returns the part's digest.
inline std::string deploy(const model::Model& model, std::size_t first, std::size_t last, rpc::Handler& agent) {
  rpc::OfferMaker offers;
  const model::Part part = model.extract(first, last);
  const rpc::PartOffer offer = offers.make(part);
  for (std::size_t i = 0; i < part.weights.size(); ++i)
    agent.store_weight(offer.weights[i].digest, part.weights[i].tensor).take();
  agent.load(offer).take();
  return offer.digest;
}

using base::FakeClock;

}  // namespace tandem::agent
