// Spoils valid models in their structure: attributes, values of tensors, types, edges. They stay protobuf and mostly
// stay graphs, so that they reach the engine. For graph_fuzz.cpp. Immutable once made.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace tandem::fuzz {

struct NamedModel {
  std::string name;
  onnx::ModelProto proto;
};

struct Mutant {
  std::string file;     // serialized
  std::string origin;   // the model's name
  std::string changes;  // in words
};

class GraphMutator {
 public:
  explicit GraphMutator(std::vector<NamedModel> models);

  // One of the models after one to three changes, the same for the same random numbers.
  Mutant make(std::mt19937_64& random) const;

 private:
  std::vector<NamedModel> models_;
  std::map<std::string, std::vector<onnx::AttributeProto>> attributes_;  // by operator, of all models
  std::vector<std::string> operators_;                                   // of all models, as often as they occur
};

}  // namespace tandem::fuzz
