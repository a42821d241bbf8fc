// The head of an added exit: its size, and its nodes and weights. Free of libtorch. Private to train/. Pure.
//
// A head reads [batch, channels, height, width] or [batch, features]. A picture is averaged down to at most 16 x 16,
// convolved twice (3 x 3, the first with stride 2, each followed by a ReLU), averaged down to at most 4 x 4, and fully
// connected to the classes. Where convolutions would cost too much, or the picture is smaller than 4 x 4, there are
// none. A head on features is linear. There are no batch norms, so learning does not depend on the composition of
// batches.
#pragma once

#include <cstdint>
#include <string>

#include "base/tensor.h"
#include "model/builder.h"
#include "train/batches.h"

namespace tandem::train {

struct Head {
  std::int64_t filters = 0;         // of each convolution; 0: no convolutions
  std::int64_t side = 0;            // height and width before the fully connected layer; 0: the head reads features
  double multiply_accumulates = 0;  // for a whole batch
};

inline constexpr std::int64_t kMostHeadSide = 4;

// The head for a tensor of `shape` with the most filters, a multiple of 8 up to 128, within
// `most_multiply_accumulates`. Where 8 are too many, the head has no convolutions, and may exceed the limit. The fully
// connected layer takes at most a quarter of the limit, where a smaller side (2 or 1) can achieve that.
Head size_head(const base::Shape& shape, std::int64_t classes, double most_multiply_accumulates);

struct HeadPlace {
  std::string tensor;  // the head's input
  base::Shape shape;
  double mean_square = 1;  // of the tensor's values, roughly; initial weights are scaled by its inverse root
};

struct HeadAnswer {
  std::string name;  // of the output; the head's tensors are called NAME_conv1, …
  std::int64_t classes = 0;
  bool ends_in_softmax = false;  // otherwise the output is logits
};

// Adds the head's nodes, weights and output. Weights are uniform, with the variance of He et al. ("Delving Deep into
// Rectifiers", 2015, section 2.2); biases are 0. Throws Error(Internal) as GraphBuilder does.
void attach_head(model::GraphBuilder& builder, const Head& head, const HeadPlace& place, const HeadAnswer& answer,
                 Random& random);

}  // namespace tandem::train
