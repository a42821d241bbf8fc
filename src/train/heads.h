// For train's own sources: the head of an exit that is added to a network: how large it is, and how it is attached.
// Free of libtorch. Pure.
//
// A head reads [batch, channels, height, width] or [batch, features]. Of a picture, it averages down to at most 16 x
// 16, convolves twice (3 x 3, the first with stride 2, each followed by a ReLU), averages down to at most 4 x 4, and is
// fully connected to the classes. Where that is too much, or the picture smaller than 4 x 4, there are no convolutions;
// of features it is linear. No batch norms: what a head learns does not depend on its batches.
#pragma once

#include <cstdint>
#include <string>

#include "base/tensor.h"
#include "model/builder.h"
#include "train/batches.h"

namespace tandem::train {

struct Head {
  std::int64_t filters = 0;         // of each convolution; 0: there are none
  std::int64_t side = 0;            // what is averaged down to before the classes; 0: it reads features
  double multiply_accumulates = 0;  // of a whole batch
};

inline constexpr std::int64_t kMostHeadSide = 4;

// The head for a tensor of `shape` with as many filters, a multiple of 8 up to 128, as `most_multiply_accumulates`
// allows; one without convolutions where it does not allow 8, which may take more. At most a quarter of what is allowed
// goes into the fully connected layer as long as a smaller side, 2 or 1, helps that.
Head size_head(const base::Shape& shape, std::int64_t classes, double most_multiply_accumulates);

struct HeadPlace {
  std::string tensor;  // that it reads
  base::Shape shape;
  double mean_square = 1;  // of the tensor's values, about: weights begin by as much smaller as it is larger
};

struct HeadAnswer {
  std::string name;  // the output that it adds; what it is made of is called NAME_conv1, …
  std::int64_t classes = 0;
  bool ends_in_softmax = false;  // else it answers with logits
};

// Adds the head's nodes, weights and output. Weights are drawn as He et al. do ("Delving Deep into Rectifiers", 2015,
// section 2.2), from a uniform distribution; biases are 0. Throws Error(Internal) as GraphBuilder does.
void attach_head(model::GraphBuilder& builder, const Head& head, const HeadPlace& place, const HeadAnswer& answer,
                 Random& random);

}  // namespace tandem::train
