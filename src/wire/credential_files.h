// Credentials that follow their files: read again, without a thread, when somebody asks and a file has changed.
// Thread-safe.
#pragma once

#include <array>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "wire/credentials.h"

namespace tandem::wire {

inline constexpr std::size_t kMostPemBytes = 1 << 20;
inline constexpr std::size_t kMostListBytes = 16 << 20;

class CredentialFiles {
 public:
  // Reads them at once; throws as read_credentials does. Files are looked at once in `interval`, at most.
  CredentialFiles(CredentialPlaces places, Roles needed, base::Milliseconds interval = base::Milliseconds(1000));

  // The same pointer while nothing changes. Files that are half written or do not fit together leave it as it is, with
  // one warning.
  std::shared_ptr<const Credentials> current();

 private:
  // Of a file's last change: times, size and number. All zero: it is not there.
  using Stamp = std::array<long, 6>;
  using Stamps = std::array<Stamp, 4>;

  Stamps stamps() const;
  std::shared_ptr<const Credentials> read() const;
  void look();

  const CredentialPlaces places_;
  const Roles needed_;
  const base::Milliseconds interval_;
  std::mutex mutex_;  // guards the members below
  base::Instant next_look_;
  Stamps stamps_;
  bool has_warned_ = false;
  std::shared_ptr<const Credentials> current_;
};

// Throws Error(Refused) where others than its owner may use a private key.
void require_private(const std::filesystem::path& key);

// The credentials of now: those of their files, or themselves.
std::shared_ptr<const Credentials> current(const std::shared_ptr<const Credentials>& given);

}  // namespace tandem::wire
