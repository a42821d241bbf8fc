#include "fuzz/apart.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <new>

namespace tandem::fuzz {
namespace {

// Shared with the processes.
struct Board {
  std::size_t current = 0;
  Counters counters{};
};

Board& make_board() {
  void* memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return *new (memory) Board;
}

void set_timer(int which, double seconds) {
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(seconds);
  timer.it_value.tv_usec = static_cast<suseconds_t>((seconds - static_cast<double>(timer.it_value.tv_sec)) * 1e6);
  ::setitimer(which, &timer, nullptr);
}

void silence() {
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
}

void limit_memory(std::size_t bytes) {
#if !defined(__SANITIZE_ADDRESS__)
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_AS, &limit);
#else
  (void)bytes;
#endif
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
}

using Work = std::function<void(std::size_t, Counters&)>;

// The signal that ended it; 0: none.
int run_in_child(std::size_t first, std::size_t last, const ApartSettings& settings, const Work& work, Board& board) {
  board.current = first;
  const pid_t child = ::fork();
  if (child == 0) {
    silence();
    limit_memory(settings.most_memory_bytes);
    for (std::size_t i = first; i < last; ++i) {
      board.current = i;
      set_timer(ITIMER_PROF, settings.longest_seconds);
      set_timer(ITIMER_REAL, 20 * settings.longest_seconds);
      work(i, board.counters);
    }
    ::_exit(0);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) std::abort();
  if (WIFSIGNALED(status)) return WTERMSIG(status);
  return WEXITSTATUS(status) == 0 ? 0 : SIGABRT;
}

}  // namespace

Counters run_apart(std::size_t first, std::size_t last, const ApartSettings& settings, const Work& work,
                   const std::function<void(const Death&)>& on_death) {
  Board& board = make_board();
  while (first < last) {
    const std::size_t end = std::min(last, first + settings.pieces_per_process);
    const int signal = run_in_child(first, end, settings, work, board);
    first = end;
    if (signal == 0) continue;
    const std::size_t index = board.current;
    first = index + 1;
    const Counters counted = board.counters;
    const bool is_repeatable = run_in_child(index, index + 1, settings, work, board) != 0;
    board.counters = counted;
    on_death({index, signal, is_repeatable});
  }
  const Counters counters = board.counters;
  ::munmap(&board, sizeof(Board));
  return counters;
}

}  // namespace tandem::fuzz
