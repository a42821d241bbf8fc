// Feeds a fuzz target with spoilt inputs: the same ones for the same seed. Its command line:
//   --iterations N   how many (default 2000)
//   --seed S         which (default 1)
//   --only I         just the I-th of them, to find out what it does
// Ends with 1 and the number of the input on an exception that is no base::Error, and on one that takes too long; a
// crash prints the number too.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include "fuzz/fuzz.h"
#include "fuzz/memory_limit.h"
#include "fuzz/mutator.h"

namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kLongestSeconds = 10;

struct Settings {
  unsigned long iterations = 2000;
  unsigned long seed = 1;
  long only = -1;
};

unsigned long current_seed = 0;
unsigned long current_iteration = 0;

void tell_iteration() {
  std::fprintf(stderr, "fuzz: input %lu of seed %lu (--seed %lu --only %lu)\n", current_iteration, current_seed,
               current_seed, current_iteration);
}

Settings parse(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    if (name == "--iterations") settings.iterations = std::strtoul(arguments[i + 1], nullptr, 10);
    if (name == "--seed") settings.seed = std::strtoul(arguments[i + 1], nullptr, 10);
    if (name == "--only") settings.only = std::strtol(arguments[i + 1], nullptr, 10);
  }
  return settings;
}

// The seconds that the target took; exits on an exception.
double run_one(const std::string& input) {
  tandem::fuzz::reset_allocated_bytes();
  const auto start = std::chrono::steady_clock::now();
  try {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fuzz: an exception that is no base::Error: %s\n", error.what());
    tell_iteration();
    std::exit(1);
  }
  const double seconds = Seconds(std::chrono::steady_clock::now() - start).count();
  if (seconds > kLongestSeconds) {
    std::fprintf(stderr, "fuzz: took %.1f s\n", seconds);
    tell_iteration();
    std::exit(1);
  }
  return seconds;
}

}  // namespace

extern "C" void __asan_on_error() {
  tell_iteration();
}

int main(int count, char** arguments) {
  const Settings settings = parse(count, arguments);
  current_seed = settings.seed;
  std::signal(SIGABRT, [](int) { tell_iteration(); });
  for (const auto& seed : tandem::fuzz::seeds()) run_one(seed);
  const tandem::fuzz::Mutator mutator(tandem::fuzz::seeds());
  const auto start = std::chrono::steady_clock::now();
  double slowest = 0;
  for (unsigned long i = 0; i < settings.iterations; ++i) {
    current_iteration = settings.only >= 0 ? static_cast<unsigned long>(settings.only) : i;
    std::mt19937_64 random(settings.seed * 1'000'003 + current_iteration);
    slowest = std::max(slowest, run_one(mutator.make(random)));
    if (settings.only >= 0) break;
  }
  std::printf("%lu inputs of seed %lu in %.1f s, the slowest %.1f ms\n", settings.iterations, settings.seed,
              Seconds(std::chrono::steady_clock::now() - start).count(), slowest * 1000);
}
