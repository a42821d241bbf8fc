// The kernels of an engine, linked by the tensors that they read and make. Engines make tensors of their own, such as
// those in another layout; these stand for the tensors of the model that they were made from, or are made into. Pure.
// Private to profile/.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/graph.h"
#include "rpc/messages.h"

namespace tandem::profile {

class KernelLinks {
 public:
  // `named`: by kernel, the layer that its name leads to, or kNoLayer. The others must outlive it.
  KernelLinks(const model::Graph& graph, const std::vector<rpc::KernelTime>& kernels,
              const std::vector<std::size_t>& named);

  // The layers that a kernel ends with, the last one first: those that make its tensors and, where these are the
  // engine's own, the one that its name leads to. Empty: no layer that the model knows.
  const std::vector<std::size_t>& ends_of(std::size_t kernel) const { return ends_[kernel]; }

  // Whether the layers that it computes are those between the tensors that it reads and its ends.
  bool is_exact(std::size_t kernel) const;
  bool reads(std::size_t kernel, model::TensorId tensor) const { return read_[kernel].contains(tensor); }

  // A kernel that reads what this one makes, or else one that makes what this one reads; kNone: neither.
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t reader_of(std::size_t kernel) const;
  std::size_t maker_for(std::size_t kernel) const;

 private:
  using Places = std::unordered_map<std::string, std::size_t>;

  void find_changes();
  void find_ends(const std::vector<std::size_t>& named);
  void add_named_end(std::size_t kernel, std::size_t layer);
  void find_readers();
  void find_constants();
  std::optional<model::TensorId> read_as(const std::string& tensor) const;

  const model::Graph& graph_;
  const std::vector<rpc::KernelTime>& kernels_;
  Places ids_;                                  // of the model's tensors
  Places leaving_;                              // of the engine's: the model's tensor that it is changed into
  Places named_;                                // of the engine's: the one that the name of its kernel leads to
  Places entering_;                             // of the engine's: the one that it is changed from
  Places makers_;                               // by tensor: the kernel
  Places readers_;                              // by tensor: the first kernel
  std::vector<std::vector<std::size_t>> ends_;  // by kernel
  std::vector<std::unordered_set<model::TensorId>> read_;  // by kernel
  std::vector<bool> is_constant_;                          // by kernel: works on weights alone
};

}  // namespace tandem::profile
