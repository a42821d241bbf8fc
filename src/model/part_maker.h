// Assembles the ONNX graph of a part from nodes of a file, and all constants that they need. Private to model/.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <vector>

#include "base/tensor.h"
#include "model/onnx_contents.h"
#include "model/part.h"

namespace tandem::model {

class PartMaker {
 public:
  explicit PartMaker(const Source::Contents& contents);  // which must outlive it

  void add_input(const base::NamedType& input);
  void add_output(const base::NamedType& output);
  void add_nodes(const std::vector<std::size_t>& nodes);  // indices in the file, in an order in which they run; once
  // The shape of a tensor as an output of this name.
  void add_shape_output(const std::string& tensor, const std::string& output);
  void add_metadata();  // all that the file has
  Part make() &&;

 private:
  void declare(onnx::ValueInfoProto& value, const base::NamedType& output) const;
  void add_initializers(onnx::GraphProto& graph);

  const Source::Contents& contents_;
  onnx::ModelProto proto_;
  Part part_;
  std::vector<std::size_t> nodes_;
  std::vector<onnx::NodeProto> shape_nodes_;
  Source::Contents::ConstantClosure closure_;
};

}  // namespace tandem::model
