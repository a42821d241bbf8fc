// Writes an ONNX graph (opset 13, IR version 8: old and new runtimes read it) without showing ONNX's own types, or adds
// to an existing one. Used by the zoo, by training and by tests. Not synchronised: one builder, one thread.
//
// Every node makes one tensor and carries its name. Methods throw Error(Internal) on a name that is taken or an input
// that no earlier node makes, so a finished graph is in topological order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "model/model.h"
#include "model/node.h"
#include "model/part.h"

namespace tandem::model {

class GraphBuilder {
 public:
  explicit GraphBuilder(const std::string& name);
  // Adds to a model of any opset: new nodes may read any of its tensors.
  explicit GraphBuilder(const Source& source);
  ~GraphBuilder();
  GraphBuilder(GraphBuilder&&) noexcept;
  GraphBuilder& operator=(GraphBuilder&&) noexcept;

  // Each returns the name of the tensor that it adds.
  std::string input(const std::string& name, const base::TensorType& type);
  std::string weight(const std::string& name, const base::Tensor& tensor);    // an initializer
  std::string constant(const std::string& name, const base::Tensor& tensor);  // a Constant node: for settings
  // New values for an existing initializer, of the same type and shape.
  void replace_weight(const std::string& name, const base::Tensor& tensor);
  // An empty input name leaves out an optional input. An operator of another domain is DOMAIN::TYPE, of its version 1.
  std::string node(const std::string& op_type, const std::vector<std::string>& inputs,
                   const std::vector<Attribute>& attributes, const std::string& output);

  void output(const std::string& name, const base::TensorType& type);  // a tensor that exists already
  void metadata(const std::string& key, const std::string& value);     // a metadata_props entry; replaces

  // Weights of at least kSmallestWeightBytes are kept beside the graph (sharing their bytes), smaller ones inside.
  // Leaves the builder empty.
  Part finish();

 private:
  struct State;  // the ONNX side
  void add_name(const std::string& name);
  void require(const std::string& tensor, const std::string& reader) const;

  std::unique_ptr<State> state_;
};

}  // namespace tandem::model
