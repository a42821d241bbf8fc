// Writes the page of a made-up JALAD experiment to standard output: sample_jalad_page [CUTS [NAME]]
#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "report/jalad_page.h"
#include "report/sample_jalad.h"

int main(int count, char** arguments) {
  const std::size_t cuts = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 12;
  const auto html = tandem::report::jalad_page(tandem::report::sample_jalad(cuts, count > 2 ? arguments[2] : ""));
  std::fwrite(html.data(), 1, html.size(), stdout);
}
