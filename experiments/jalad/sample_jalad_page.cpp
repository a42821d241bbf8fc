// Writes the page of a made-up JALAD experiment to standard output: sample_jalad_page [CUTS [NAME]]
#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "jalad_page.h"
#include "sample_jalad.h"

int main(int count, char** arguments) {
  const std::size_t cuts = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 12;
  const auto html = tandem::jalad::jalad_page(tandem::jalad::sample_jalad(cuts, count > 2 ? arguments[2] : ""));
  std::fwrite(html.data(), 1, html.size(), stdout);
}
