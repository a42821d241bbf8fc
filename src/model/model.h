// A trained ONNX model, ready to be cut. Source is the file as read, with its input shapes fixed; Model adds the type
// of every tensor (found by the engine: see engine/load.h) and so the graph, its cuts and its stages. Both are
// immutable once made; share freely between threads.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/cuts.h"
#include "model/graph.h"
#include "model/part.h"

namespace tandem::model {

// Changes whenever a version of Tandem orders the layers of the same file in another way, and so its digest.
inline constexpr int kOrderVersion = 4;

// Entries of the metadata, both JSON (docs/formats.md, "Model"): how pictures become the model's input, and the names
// of its classes.
inline constexpr const char* kInputKey = "tandem.input";
inline constexpr const char* kLabelsKey = "tandem.labels";

using ShapeByInput = std::map<std::string, base::Shape>;
// Of texts such as "input=1x3x224x224". Throws Error(InvalidInput).
ShapeByInput parse_shapes(const std::vector<std::string>& texts);
using TypeByTensor = std::map<std::string, base::TensorType>;

class Model;

class Source {
 public:
  // Reads an ONNX file of any IR version, weights inside or as external data beside it (never outside its folder).
  // Unknown dimensions take the given shapes; an unknown first dimension (the batch) is otherwise 1, and any other one
  // an error that says which flag to give. Throws base::Error with one line on anything that is not a model.
  static Source read(const std::filesystem::path& path, const ShapeByInput& shapes = {});
  static Source from_bytes(std::string bytes, const std::string& name, const ShapeByInput& shapes = {});
  // A part (a zoo network, an extracted stage) as a model of its own.
  static Source from_part(const Part& part, const std::string& name);

  const std::string& name() const;
  std::optional<std::string> metadata(const std::string& key) const;

  // Initializers that the file lists among its inputs, too: their values are defaults. And the same model with another
  // value for one of them; throws Error(InvalidInput) where its type differs.
  std::vector<std::string> default_inputs() const;
  Source with_default(const base::NamedTensor& value) const;

  // The whole model with every tensor that a later layer reads as an output, so that an engine can tell their types;
  // or with these alone.
  Part with_all_tensors_as_outputs() const;
  Part with_outputs(const std::set<std::string>& names) const;

  // The tensors whose shapes are the same in every run, whatever the values of the inputs: their shapes follow from the
  // operators, the shapes of the inputs and constants. `inferred`: tensors whose shapes the engine knows.
  std::set<std::string> fixed_shapes(const std::set<std::string>& inferred = {}) const;

  struct Contents;  // the ONNX side, private to this folder

 private:
  friend class Model;
  friend class GraphBuilder;
  friend class ShapeFolding;
  friend struct Program read_program(const Model& model);
  std::shared_ptr<const Contents> contents_;
};

class Model {
 public:
  // `types`: of tensors that layers make, and of outputs that depend on constants only. A tensor without a fixed type
  // can be used but not sent.
  Model(Source source, const TypeByTensor& types);

  const std::string& name() const;
  std::optional<std::string> metadata(const std::string& key) const { return source_.metadata(key); }
  std::vector<std::string> default_inputs() const { return source_.default_inputs(); }
  const Graph& graph() const { return graph_; }
  const std::vector<Cut>& cuts() const { return cuts_; }
  // Of the graph, its fixed shapes and its weights. The first call reads every weight; it is remembered.
  const std::string& digest() const;
  void remember_digest(const std::string& digest) const;  // known from elsewhere: no weight need be read
  bool is_one_file() const;                               // none of it came from external data beside the file
  // All outputs, in the file's order: those of Graph::outputs and all others.
  std::vector<base::NamedType> output_types() const;
  // The outputs that the metadata entry tandem.exits names, by depth: in the order of the layers that make them, so the
  // network's own answer is the last. May be empty.
  std::vector<std::string> exits() const;

  // Layers [first, last) as a model of its own. Its outputs are the tensors that other layers or the user need from
  // them; tensors that it would only pass on are left out. first < last ≤ layer count.
  Part extract(std::size_t first, std::size_t last) const { return extract({{first, last}}); }
  // The same for several ranges, ascending and apart. Tensors that later ranges need from layers in between are inputs
  // like any other.
  Part extract(const std::vector<LayerRange>& ranges) const;
  Part whole() const { return extract(0, graph_.layers.size()); }

 private:
  friend struct Program read_program(const Model& model);
  std::vector<bool> mark(const std::vector<LayerRange>& ranges) const;

  Source source_;
  Graph graph_;
  std::vector<std::size_t> nodes_;  // of each layer, its node in the file
  TypeByTensor constants_;          // of outputs that depend on constants only
  std::vector<Cut> cuts_;
  struct Digest {
    std::once_flag once;
    std::string text;
  };
  std::shared_ptr<Digest> digest_ = std::make_shared<Digest>();  // of all copies of the model
};

// The exits that metadata names, or, where it names none, all outputs; by depth either way.
std::vector<std::string> exits_of(const Model& model);

}  // namespace tandem::model
