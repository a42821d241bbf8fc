#include "agent/journal.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>

#include <fmt/format.h>

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kDigestBytes = 64;
constexpr std::size_t kNotes = 32;  // one part runs at a time, and one is loaded; measurements hold a few

enum State : int { kFree, kTaken, kNoted };

}  // namespace

struct Journal::Page {
  struct Entry {
    int state = kFree;
    std::array<char, kDigestBytes> digest{};
  };
  std::atomic<bool> is_ready{false};
  std::array<Entry, kNotes> entries;
};

namespace {

void* map_shared(std::size_t size) {
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw Error(ErrorKind::ResourceExhausted, "the system has no memory to share between a supervisor and its worker");
  return memory;
}

}  // namespace

Journal::Journal() : page_(*new (map_shared(sizeof(Page))) Page) {
  static_assert(std::atomic_ref<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);
}

Journal::~Journal() {
  ::munmap(&page_, sizeof(Page));
}

Journal::Note::Note(Journal& journal, const std::string& digest) : state_(nullptr) {
  for (Page::Entry& entry : journal.page_.entries) {
    int free = kFree;
    if (!std::atomic_ref(entry.state).compare_exchange_strong(free, kTaken)) continue;
    std::copy_n(digest.begin(), std::min(digest.size(), kDigestBytes), entry.digest.begin());
    state_ = &entry.state;
    std::atomic_ref(*state_).store(kNoted);
    return;
  }
}

Journal::Note::~Note() {
  if (state_ != nullptr) std::atomic_ref(*state_).store(kFree);
}

void Journal::set_ready() {
  page_.is_ready = true;
}

base::Status Journal::admit(const std::string& digest) const {
  const auto found = deaths_.find(digest);
  if (found == deaths_.end() || found->second < kDeathsToQuarantine) return base::Nothing{};
  return Error(ErrorKind::Refused,
               fmt::format("part {} is quarantined: it was at work when the worker died, {} times; a restart of the "
                           "agent lets it try again",
                           digest.substr(0, 12), found->second));
}

bool Journal::is_ready() const {
  return page_.is_ready;
}

void Journal::begin() {
  page_.is_ready = false;
  for (Page::Entry& entry : page_.entries) entry.state = kFree;
}

std::vector<std::string> Journal::count_death() {
  std::vector<std::string> digests;
  for (const Page::Entry& entry : page_.entries) {
    if (entry.state == kNoted) digests.emplace_back(entry.digest.data(), entry.digest.size());
  }
  std::ranges::sort(digests);
  digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
  for (const auto& digest : digests) ++deaths_[digest];
  return digests;
}

}  // namespace tandem::agent
