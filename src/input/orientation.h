// How a camera was held: the orientation that EXIF data of a JPEG names, and a picture turned by it. Private to input/.
#pragma once

#include <cstddef>
#include <span>

#include "base/tensor.h"

namespace tandem::input {

// EXIF 2.32, tag 0x0112: how the stored picture comes from the one that was seen.
enum class Orientation { Upright = 1, Mirrored, UpsideDown, Flipped, Transposed, Right, Transversed, Left };

// Of the content of an APP1 marker, which may be anything: Upright unless it is EXIF data with another orientation.
Orientation exif_orientation(std::span<const std::byte> marker);

// [height, width, 3], uint8, as it was seen: for the last four with height and width exchanged.
base::Tensor upright(const base::Tensor& stored, Orientation orientation);

}  // namespace tandem::input
