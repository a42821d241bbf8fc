// Writes the page of a made-up comparison to standard output: sample_comparison_page [TARGETS [NAME]]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "report/sample_comparison.h"

int main(int count, char** arguments) {
  const std::size_t targets = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 3;
  const auto html = tandem::report::to_html(tandem::report::sample_comparison(targets, count > 2 ? arguments[2] : ""));
  std::fwrite(html.data(), 1, html.size(), stdout);
}
