// Writes the page of a made-up profile to standard output: sample_profile_page [LAYERS [NAME]]
#include <cstdio>
#include <cstdlib>

#include "report/sample_profile.h"

int main(int count, char** arguments) {
  const std::size_t layers = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 174;
  const auto html = tandem::report::to_html(tandem::report::sample_profile(layers, count > 2 ? arguments[2] : ""));
  std::fwrite(html.data(), 1, html.size(), stdout);
}
