// A client that asks an agent to run a small network, ten times a second by default, and judges each answer: what is
// attacked must go on to serve it. Used by one thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "attacks/network.h"
#include "base/clock.h"
#include "base/json.h"

namespace tandem::attacks {

struct HonestFigures {
  std::size_t asked = 0;
  std::size_t wrong = 0;             // of the answers in time
  std::size_t asked_again = 0;       // requests that failed at first, and were sent again within their deadline
  std::vector<double> latencies_ms;  // of the answers in time
  std::vector<std::string> losses;   // why there was no answer in time
};
base::Json to_json(const HonestFigures& figures);

class HonestClient {
 public:
  struct Settings {
    double per_second = 10;
    base::Milliseconds deadline{2000};  // of each request
  };
  // Deploys the network, which must outlive this, on the edge.
  HonestClient(Network& network, Settings settings)
      : network_(network), settings_(settings), route_(network.deploy(0)) {}

  HonestFigures ask_while(const std::function<bool()>& goes_on);

 private:
  void ask(HonestFigures& figures);

  Network& network_;
  const Settings settings_;
  const deploy::Route route_;
};

}  // namespace tandem::attacks
