// What ONNX Runtime writes about the kernels of a session: a trace of its runs, and the graph that it made of the part.
// Private to engine/onnxruntime/.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/private_folder.h"
#include "engine/engine.h"

namespace tandem::engine {

// A folder for both files, which is removed in the end.
class KernelReport {
 public:
  KernelReport();

  std::string trace_prefix() const { return folder_.path() / "trace"; }  // the engine completes it
  std::string graph_path() const { return folder_.path() / "graph.onnx"; }
  void forget_graph() const { std::filesystem::remove(graph_path()); }
  // Relative to the graph, as the engine wants it: a way to discard the weights, which nobody reads.
  static constexpr const char* kWeights = "weights";

  // Median times by kernel, in order of execution, with their tensors where the graph was written. Kernels inside of
  // control flow are left out then: their time is in that of its node.
  std::vector<KernelTime> read(const std::string& trace_path) const;

 private:
  base::PrivateFolder folder_{"trace"};
};

}  // namespace tandem::engine
