// Writes an ONNX model with its outputs, and the exits that its metadata names, in reverse order: for tests that walk
// through all commands. usage: reverse_outputs MODEL OUTPUT
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace {

std::string reversed(const std::string& list) {
  const auto comma = list.find(',');
  return comma == std::string::npos ? list : reversed(list.substr(comma + 1)) + "," + list.substr(0, comma);
}

void reverse(onnx::ModelProto& model) {
  auto& outputs = *model.mutable_graph()->mutable_output();
  std::reverse(outputs.pointer_begin(), outputs.pointer_end());
  for (auto& entry : *model.mutable_metadata_props()) {
    if (entry.key() == "tandem.exits") entry.set_value(reversed(entry.value()));
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 3) return 2;
  onnx::ModelProto model;
  std::ifstream input(arguments[1], std::ios::binary);
  if (!model.ParseFromIstream(&input)) return 1;
  reverse(model);
  std::ofstream output(arguments[2], std::ios::binary);
  return model.SerializeToOstream(&output) && output.flush() ? 0 : 1;
}
