// A network namespace with TUN devices, held by a child process. It has no name in the file system and its devices are
// not persistent, so that the kernel removes both as soon as this process ends, however it ends. Used by
// packet_network.h, tests and benchmarks. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace tandem::link {

inline constexpr std::size_t kPacketBytes = 1500;  // the largest packet of a device (MTU)

// A point-to-point device. IPv4 addresses in the machine's byte order.
struct TunDevice {
  std::string name;  // at most 15 bytes
  std::uint32_t address;
  std::uint32_t peer;
};

class NetworkNamespace {
 public:
  // Loopback and the devices are up. Where the process may not make a network namespace, it makes a user namespace
  // around it. Throws Error(Refused) where the kernel allows neither, else with the kind of the system's error. The
  // namespace ends with the calling thread, if this is not destroyed before.
  explicit NetworkNamespace(const std::vector<TunDevice>& devices);

  pid_t process() const { return holder_.process(); }  // the child that holds it
  // What the namespace sends through each device is read there, packet by packet; what is written there arrives in it.
  // Not blocking; to be taken.
  std::vector<base::Descriptor>& devices() { return devices_; }

 private:
  class Holder {
   public:
    explicit Holder(const std::vector<TunDevice>& devices);
    ~Holder();  // ends it
    Holder(Holder&& other) noexcept;
    Holder& operator=(Holder&&) = delete;

    pid_t process() const { return process_; }
    base::Descriptor receive_device();

   private:
    base::Descriptor channel_;  // the child ends when it closes
    pid_t process_ = -1;
  };

  Holder holder_;
  std::vector<base::Descriptor> devices_;
};

// Moves the calling thread into the network namespace of a process, and a process of one thread into its user namespace
// where that is another. Throws Error(NotFound) without such a process, Error(Refused) where it is not allowed.
void enter_network_of(pid_t process);

}  // namespace tandem::link
