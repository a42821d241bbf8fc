// Prints a digest of the bytes and of the decoded values of every codec that needs no library of others, for
// scripts/check_arm64.sh: two processors, or two paths on one, must print the same. Fitted codecs' descriptions are
// read from the files that are named; --fit FOLDER writes them, since fitting may differ in the last bit.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "codec/klevel.h"
#include "codec/simple.h"
#include "codec/test_klevel.h"
#include "codec/test_tensors.h"
namespace {

using namespace tandem;
using namespace tandem::codec;

// FNV-1a, 64 bits.
std::uint64_t digest(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte byte : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
  return hash;
}

CodecPointer open_any(const std::string& text) {
  const Description description(text);
  if (description.name() == "fp32") return open_fp32(description);
  if (description.name() == "fp16") return open_fp16(description);
  if (description.name() == "int8") return open_int8(description);
  if (description.name() == "uint8") return open_uint8(description);
  return open_jalad(description);
}

void print(const Codec& codec, const base::Tensor& tensor) {
  base::Tensor decoded = base::Tensor::allocate(tensor.type());
  std::vector<std::byte> all;
  for (const Chunk& chunk : chunks_of(layout_of(tensor.shape()), codec.takes_whole())) {
    std::vector<std::byte> bytes;
    codec.encode(tensor, chunk, bytes);
    codec.decode(bytes, chunk, decoded);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  std::printf("%s %s %s: %zu bytes %016llx, values %016llx\n", codec.name().c_str(), codec.parameters().c_str(),
              base::to_string(tensor.shape()).c_str(), all.size(), static_cast<unsigned long long>(digest(all)),
              static_cast<unsigned long long>(digest(decoded.bytes())));
}

// As activations are, and whatever bits there are, NaN and infinity among them.
void print_all(const Codec& codec, const base::Shape& shape) {
  for (std::uint32_t seed = 1; seed <= 3; ++seed) {
    print(codec, test::sparse(shape, seed));
    print(codec, test::noise({base::ElementType::Float32, shape}, seed));
  }
}

// A few levels and many; planes one by one, and in step.
const base::Shape kFittedShapes[] = {{1, 6, 5, 7}, {1, 16, 40, 41}};
constexpr double kFittedSteps[] = {0.02, 0.1, 0.3, 1, 3};

// FOLDER/klevel-<number>, whose number modulo that of the shapes says which.
void write_fitted(const std::string& folder) {
  int number = 0;
  for (const double step : kFittedSteps) {
    for (const base::Shape& shape : kFittedShapes) {
      std::ofstream file(folder + "/klevel-" + std::to_string(number++), std::ios::binary);
      file << sample_klevel_description(step, shape);
    }
  }
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void print_fitted(const std::string& folder) {
  for (std::size_t number = 0; number < std::size(kFittedSteps) * std::size(kFittedShapes); ++number) {
    const auto codec = open_klevel(read(folder + "/klevel-" + std::to_string(number)));
    print_all(*codec, kFittedShapes[number % std::size(kFittedShapes)]);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 3 && std::string(arguments[1]) == "--fit") return write_fitted(arguments[2]), 0;
  for (const char* const description :
       {"fp32", "fp16", "int8", "int8 scale=0.01 zero=12", "uint8 scale=0.03125 shift=-1", "jalad bits=1",
        "jalad bits=2", "jalad bits=3", "jalad bits=4", "jalad bits=6", "jalad bits=8"}) {
    for (const base::Shape& shape :
         {base::Shape{}, base::Shape{13}, {1, 64, 8, 8}, {1, 5, 113, 117}, {2, 3, 4, 5, 7}}) {
      print_all(*open_any(description), shape);
    }
  }
  if (count == 2) print_fitted(arguments[1]);
}
