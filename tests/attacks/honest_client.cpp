#include "attacks/honest_client.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <thread>

#include "base/statistics.h"

namespace tandem::attacks {
namespace {

using base::Milliseconds;

constexpr auto kPause = std::chrono::milliseconds(5);  // before a request is sent again
constexpr std::size_t kLossesTold = 5;

}  // namespace

base::Json to_json(const HonestFigures& figures) {
  const auto at = [&](double share) { return base::quantile(figures.latencies_ms, share); };
  base::Json losses = base::Json::array();
  for (std::size_t i = 0; i < std::min(figures.losses.size(), kLossesTold); ++i) losses.push_back(figures.losses[i]);
  return {{"asked", figures.asked},
          {"in_time", figures.latencies_ms.size()},
          {"wrong", figures.wrong},
          {"p50_ms", at(0.5)},
          {"p99_ms", at(0.99)},
          {"longest_ms", at(1)},
          {"asked_again", figures.asked_again},
          {"losses", losses}};
}

HonestFigures HonestClient::ask_while(const std::function<bool()>& goes_on) {
  HonestFigures figures;
  auto next = std::chrono::steady_clock::now();
  while (goes_on()) {
    std::this_thread::sleep_until(next);
    next = std::max(next + std::chrono::microseconds(static_cast<int>(1e6 / settings_.per_second)),
                    std::chrono::steady_clock::now());
    ask(figures);
  }
  return figures;
}

void HonestClient::ask(HonestFigures& figures) {
  const auto deadline = base::Deadline::after(settings_.deadline);
  const auto start = base::steady_clock().now();
  auto answer = network_.deployment().run(route_, network_.inputs(), deadline);
  bool is_again = false;
  while (!answer && answer.error().kind() == base::ErrorKind::Unavailable && deadline.remaining() > kPause) {
    is_again = true;
    std::this_thread::sleep_for(kPause);
    answer = network_.deployment().run(route_, network_.inputs(), deadline);
  }
  ++figures.asked;
  figures.asked_again += is_again;
  if (!answer) return figures.losses.push_back(answer.error().message());
  figures.latencies_ms.push_back(Milliseconds(base::steady_clock().now() - start).count());
  if (!network_.is_right(answer.value())) ++figures.wrong;
}

}  // namespace tandem::attacks
