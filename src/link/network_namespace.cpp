#include "link/network_namespace.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "link/namespace_holder.h"

namespace tandem::link {
namespace {

using base::Descriptor;

constexpr const char* kSteps[] = {"make a network namespace", "map the user into a user namespace",
                                  "open a TUN device (/dev/net/tun)", "configure a network device"};

base::Error failure(const HolderMessage& message) {
  const bool is_forbidden = message.error == EPERM || message.error == EACCES;
  return base::Error(
      is_forbidden ? base::ErrorKind::Refused : base::kind_of_errno(message.error),
      fmt::format(
          "link of packets: cannot {}: {}{}", kSteps[static_cast<std::size_t>(message.step)],
          std::strerror(message.error),
          is_forbidden ? ", expected root (CAP_SYS_ADMIN, CAP_NET_ADMIN) or user namespaces for everyone" : ""));
}

base::Error lost_holder() {
  return {base::ErrorKind::Unavailable, "link of packets: the process that holds a network namespace ended"};
}

}  // namespace

NetworkNamespace::NetworkNamespace(const std::vector<TunDevice>& devices) : holder_(devices) {
  for (std::size_t i = 0; i < devices.size(); ++i) devices_.push_back(holder_.receive_device());
}

NetworkNamespace::Holder::Holder(const std::vector<TunDevice>& devices) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw failure({HolderStep::MakeNamespace, errno});
  channel_.reset(ends[0]);
  const Descriptor other(ends[1]);
  process_ = ::fork();
  if (process_ < 0) throw failure({HolderStep::MakeNamespace, errno});
  if (process_ == 0) hold_namespace(other.number(), devices);
}

NetworkNamespace::Holder::~Holder() {
  channel_.reset();
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
}

NetworkNamespace::Holder::Holder(Holder&& other) noexcept
    : channel_(std::move(other.channel_)), process_(std::exchange(other.process_, -1)) {}

// Waits until the child has made its next device.
Descriptor NetworkNamespace::Holder::receive_device() {
  HolderMessage message{};
  iovec part{&message, sizeof message};
  DescriptorControl control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = &control;
  header.msg_controllen = sizeof control.bytes;
  if (::recvmsg(channel_.number(), &header, MSG_CMSG_CLOEXEC) != sizeof message) throw lost_holder();
  if (message.error != 0) throw failure(message);
  const cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  if (rights == nullptr) throw lost_holder();
  int device = -1;
  std::memcpy(&device, CMSG_DATA(rights), sizeof device);
  return Descriptor(device);
}

void enter_network_of(pid_t process) {
  const auto refuse = [&](const char* what) {
    throw base::Error(errno == EPERM   ? base::ErrorKind::Refused
                      : errno == ESRCH ? base::ErrorKind::NotFound
                                       : base::kind_of_errno(errno),
                      fmt::format("{} of process {}: {}", what, process, std::strerror(errno)));
  };
  const Descriptor target(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!target.is_open()) refuse("network");
  if (::setns(target.number(), CLONE_NEWNET) == 0) return;
  if (errno != EPERM || ::setns(target.number(), CLONE_NEWUSER | CLONE_NEWNET) != 0) refuse("network");
}

}  // namespace tandem::link
