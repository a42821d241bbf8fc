// The networks of the zoo, each as a function from the image to the answer. Topology as in Keras applications, unless a
// comment says otherwise. Private to zoo/.
#pragma once

#include <array>
#include <cstdint>

#include "zoo/network.h"

namespace tandem::zoo {

void vgg(Network& network, const Signal& image, int convolutions_in_last_blocks);  // 3: VGG16, 4: VGG19

using BlockCounts = std::array<int, 4>;  // of each stage
void resnet(Network& network, const Signal& image, const BlockCounts& blocks);
void resnet_v2(Network& network, const Signal& image, const BlockCounts& blocks);

// The ResNet for 32×32 images of the first paper's section 4.2: 6 n + 2 layers in blocks of two 3×3 convolutions, n
// blocks for each of three sizes. Where the size changes, a 1×1 convolution is the shortcut (its option B).
void resnet_for_small_images(Network& network, const Signal& image, int blocks);

void densenet(Network& network, const Signal& image, const BlockCounts& blocks);

void inception_v3(Network& network, const Signal& image);
void inception_resnet_v2(Network& network, const Signal& image);
void xception(Network& network, const Signal& image);
void mobilenet(Network& network, const Signal& image);
void mobilenet_v2(Network& network, const Signal& image);

struct NasnetSize {
  std::int64_t filters = 0;  // of the first normal cells: the last layer's channels ÷ 24
  std::int64_t stem_filters = 0;
  int cells = 0;  // normal cells between two reductions
  bool skips_reduction = false;
};
void nasnet(Network& network, const Signal& image, const NasnetSize& size);

// LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998), with a softmax for its RBF layer and
// every map of C3 reading all of S2, as is usual today. For 28×28 images, which the first layer pads to the paper's 32.
void lenet5(Network& network, const Signal& image);

// Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks" (2012), as in Caffe: one column,
// two groups, 227×227 images.
void alexnet(Network& network, const Signal& image);

// AlexNet for 32×32 images with five exits. Trunk as in BranchyNet (Teerapittayanon et al. 2016), exits as deep as in
// Edgent (Li et al., "Edge Intelligence: On-Demand Deep Learning Model Co-Inference with Device-Edge Synergy", 2018,
// section 4): 12, 16, 19, 20 and 22 layers lie on the way to each. Counted are convolutions, ReLUs, poolings, response
// normalisations, fully connected and dropout layers, of the trunk and the exit's own head; flattening and the softmax
// are not. Outputs exit1 … exit5; the metadata entry tandem.exits names them in order.
void alexnet5(Network& network, const Signal& image);

}  // namespace tandem::zoo
