#include "train/batches.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <span>
#include <utility>

namespace tandem::train {
namespace {

// The augmentation of one picture.
struct Change {
  std::int64_t down = 0;
  std::int64_t right = 0;
  bool is_flipped = false;
};

// Random engines give the same numbers everywhere, the standard's distributions do not. The bias of the remainder is
// below 2^-40.
std::size_t below(std::size_t bound, Random& random) {
  return random() % bound;
}

Change draw(const Augmentation& augmentation, Random& random) {
  const auto shift = [&] {
    return static_cast<std::int64_t>(below(2 * static_cast<std::size_t>(augmentation.crop) + 1, random)) -
           augmentation.crop;
  };
  Change change;
  change.down = shift();
  change.right = shift();
  change.is_flipped = below(2, random) == 1 && augmentation.flip;
  return change;
}

using Plane = std::span<const std::uint8_t>;

// One channel of a picture; `to` is filled with zeros.
void move(Plane from, std::span<std::uint8_t> to, std::int64_t width, const Change& change) {
  const auto height = static_cast<std::int64_t>(from.size()) / width;
  const std::int64_t kept = std::max<std::int64_t>(width - std::abs(change.right), 0);
  for (std::int64_t row = 0; row < height; ++row) {
    const std::int64_t source = row - change.down;
    if (source < 0 || source >= height || kept == 0) continue;
    const auto first = from.begin() + source * width + std::max<std::int64_t>(-change.right, 0);
    const auto line = to.begin() + row * width;
    std::copy_n(first, kept, line + std::max<std::int64_t>(change.right, 0));
    if (change.is_flipped) std::reverse(line, line + width);
  }
}

}  // namespace

Random random_of(std::uint64_t seed, int epoch, Purpose purpose) {
  std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                         static_cast<std::uint32_t>(epoch), static_cast<std::uint32_t>(purpose)};
  return Random(sequence);
}

std::vector<Indices> shuffled_batches(std::size_t count, std::size_t size, Random& random) {
  Indices order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t left = count; left > 1; --left) std::swap(order[left - 1], order[below(left, random)]);
  const std::size_t batch_count = (count + size - 1) / size;
  std::vector<Indices> batches;
  for (std::size_t i = 0; i < batch_count; ++i) {
    const auto at = [&](std::size_t batch) {
      return order.begin() + static_cast<std::ptrdiff_t>(batch * count / batch_count);
    };
    batches.emplace_back(at(i), at(i + 1));
  }
  return batches;
}

std::vector<Indices> batches_in_order(std::size_t count, std::size_t size) {
  std::vector<Indices> batches;
  for (std::size_t first = 0; first < count; first += size) {
    auto& batch = batches.emplace_back(std::min(size, count - first));
    std::iota(batch.begin(), batch.end(), first);
  }
  return batches;
}

base::Tensor augmented(const base::Tensor& pictures, const Augmentation& augmentation, Random& random) {
  const base::Shape& shape = pictures.shape();
  const std::int64_t width = shape.at(3);
  const auto plane = static_cast<std::size_t>(shape[2] * width);
  const auto channels = static_cast<std::size_t>(shape[1]);
  base::Tensor moved = base::Tensor::allocate(pictures.type());
  std::ranges::fill(moved.mutable_bytes(), std::byte{0});
  const auto from = pictures.values<std::uint8_t>();
  const auto to = moved.mutable_values<std::uint8_t>();
  for (std::size_t picture = 0; picture < static_cast<std::size_t>(shape[0]); ++picture) {
    const Change change = draw(augmentation, random);
    for (std::size_t channel = picture * channels; channel < (picture + 1) * channels; ++channel)
      move(from.subspan(channel * plane, plane), to.subspan(channel * plane, plane), width, change);
  }
  return moved;
}

}  // namespace tandem::train
