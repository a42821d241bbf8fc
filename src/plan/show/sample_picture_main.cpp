// Writes the picture of a made-up plan to standard output: sample_picture [BLOCKS [NAME]]
#include <cstdio>
#include <cstdlib>

#include "plan/show/picture.h"
#include "plan/show/sample_picture.h"

int main(int count, char** arguments) {
  const std::size_t blocks = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 153;
  const auto sample = tandem::plan::sample_picture(blocks, count > 2 ? arguments[2] : "");
  const auto svg = tandem::plan::to_svg(sample.problem, sample.plan);
  std::fwrite(svg.data(), 1, svg.size(), stdout);
}
