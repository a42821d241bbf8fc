// Pieces of networks, each as some exporter writes it. For the generated zoo.
#pragma once

#include <cstdint>
#include <vector>

#include "generated/sketch.h"

namespace tandem::generated {

enum class Form {
  Picture,
  Words,
  Vector,
  Any
};  // [batch, channel, height, width], [batch, length, width], [batch, width]

struct Block {
  const char* name;
  Form form;
  Value (*build)(Sketch& net, const Value& x);  // float32 of the form in and out
  std::int64_t least_opset = 9;
  std::int64_t most_opset = 17;
};

const std::vector<Block>& picture_blocks();
const std::vector<Block>& word_blocks();
const std::vector<Block>& vector_blocks();
const std::vector<Block>& typed_blocks();    // of any form: other element types in the middle
const std::vector<Block>& control_blocks();  // of any form: branches, loops, functions

// Ends of networks; each declares the outputs.
struct Head {
  const char* name;
  Form form;
  void (*build)(Sketch& net, const Value& x);
  std::int64_t least_opset = 9;
};
const std::vector<Head>& heads();

// Used by several files.
Value convolution(Sketch& net, const Value& x, std::int64_t channels, std::int64_t kernel = 3);
Value cast(Sketch& net, const Value& x, int element);
Value dense(Sketch& net, const Value& x, std::int64_t width);  // over the last dimension
std::int64_t width_of(const Value& x);                         // the last dimension

}  // namespace tandem::generated
