// 300 small models of operators × exporters' habits × element types × open dimensions × control flow, the same in every
// run. For generated_zoo_test.cpp and the fuzz programs.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "model/model.h"

namespace tandem::generated {

inline constexpr std::size_t kModels = 300;

struct GeneratedModel {
  std::string name;  // "17 picture opset 13: residual, upsampled, classes_of_means"
  onnx::ModelProto proto;
  model::ShapeByInput shapes;  // of open dimensions that no batch is
};

GeneratedModel make_model(std::size_t index);  // < kModels

}  // namespace tandem::generated
