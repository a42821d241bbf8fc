// Tells the types of a model's tensors together with an engine, and makes constants of what depends on shapes alone: a
// Shape node is known once the shape of its tensor is, and what is computed from it decides further shapes. Used by
// engine/load.h. One thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/tensor.h"
#include "model/model.h"

namespace tandem::model {

class PartMaker;

class ShapeFolding {
 public:
  // `folds`: or else all layers are told at once, and nothing becomes a constant.
  explicit ShapeFolding(const Source& source, bool folds = true);

  // A part without inputs that computes the constants by which the shapes of further tensors are decided; nothing when
  // there are none. Answer with add_constants; without a value, a constant stays as it is.
  std::optional<Part> constants_to_compute();
  void add_constants(const std::vector<base::NamedTensor>& values);

  // The layers whose types an engine can infer now, with all their tensors as outputs; nothing when all are told.
  // Answer with add_types.
  std::optional<Part> layers_to_type();
  // The layers of the last part with the shapes of these of its tensors as outputs, in their order: the length of a
  // shape is a tensor's rank.
  Part with_shapes_of(const std::vector<std::string>& tensors) const;
  void add_types(const TypeByTensor& types);

  const TypeByTensor& types() const { return types_; }
  Source source() const;         // as folded so far
  bool has_layers_left() const;  // of the folded model: some output still depends on an input

 private:
  void fold_shapes();
  void look_again();
  void replace(std::size_t node, const std::vector<base::NamedTensor>& values);
  std::set<std::string> undecided() const;
  std::vector<std::size_t> ready_nodes() const;
  std::unordered_set<std::string> read_tensors() const;
  std::vector<std::string> untyped_constants() const;
  void add_makers_of_others(std::vector<std::size_t>& nodes) const;
  void add_nodes_to(PartMaker& maker) const;

  Source original_;
  std::shared_ptr<Source::Contents> contents_;
  std::vector<bool> is_needed_;
  TypeByTensor types_;             // of the inputs, too
  std::set<std::string> kept_;     // constants that are not replaced
  std::set<std::size_t> told_;     // nodes that were in a part
  std::vector<std::size_t> last_;  // nodes of the last part
  bool folds_;
  bool has_changed_ = false;
};

}  // namespace tandem::model
