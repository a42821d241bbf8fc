// Writes the page of a made-up Edgent experiment to standard output: sample_edgent_page [REQUESTS [NAME]]
#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "edgent_page.h"
#include "sample_edgent.h"

int main(int count, char** arguments) {
  const std::size_t requests = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 1000;
  const auto html = tandem::edgent::edgent_page(tandem::edgent::sample_edgent(requests, count > 2 ? arguments[2] : ""));
  std::fwrite(html.data(), 1, html.size(), stdout);
}
