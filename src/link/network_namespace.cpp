#include "link/network_namespace.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::link {
namespace {

using base::Descriptor;

// What the child does; sent with the error where one fails.
enum class Step { MakeNamespace, MapUser, OpenDevice, Configure, Done };

constexpr const char* kSteps[] = {"make a network namespace", "map the user into a user namespace",
                                  "open a TUN device (/dev/net/tun)", "configure a network device"};

struct Message {
  Step step;
  int error;  // errno; 0: a device comes with it
};

// Room for one descriptor beside a message.
union Control {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

// From here to hold(): the child. It calls the system only, since other threads of the process may have held locks
// when it was forked.

[[noreturn]] void give_up(int channel, Step step) {
  const Message message{step, errno};
  [[maybe_unused]] const ssize_t sent = ::send(channel, &message, sizeof message, MSG_NOSIGNAL);
  ::_exit(1);
}

void expect(bool is_done, int channel, Step step) {
  if (!is_done) give_up(channel, step);
}

void send_device(int channel, int device) {
  Message message{Step::Done, 0};
  iovec part{&message, sizeof message};
  Control control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = &control;
  header.msg_controllen = sizeof control.bytes;
  cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof device);
  std::memcpy(CMSG_DATA(rights), &device, sizeof device);
  if (::sendmsg(channel, &header, MSG_NOSIGNAL) < 0) ::_exit(1);
}

// Keeps nothing open but the channel, which becomes descriptor 3: another namespace's device would stay with us.
void close_others(int channel) {
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, standard);
  if (channel != 3) ::dup2(channel, 3);
  ::close_range(4, ~0U, 0);
}

bool write_text(const char* path, const char* text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  const bool is_written = file >= 0 && ::write(file, text, std::strlen(text)) >= 0;
  if (file >= 0) ::close(file);
  return is_written;
}

bool map_user(uid_t user, gid_t group) {
  std::array<char, 64> line{};
  std::snprintf(line.data(), line.size(), "0 %u 1", user);
  if (!write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/uid_map", line.data())) return false;
  std::snprintf(line.data(), line.size(), "0 %u 1", group);
  return write_text("/proc/self/gid_map", line.data());
}

void make_namespace(int channel) {
  if (::unshare(CLONE_NEWNET) == 0) return;
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  expect(errno == EPERM && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0, channel, Step::MakeNamespace);
  expect(map_user(user, group), channel, Step::MapUser);
}

ifreq request_for(const char* device) {
  ifreq request{};
  std::strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  return request;
}

bool set_address(int socket, const char* device, unsigned long which, std::uint32_t address) {
  ifreq request = request_for(device);
  sockaddr_in value{};
  value.sin_family = AF_INET;
  value.sin_addr.s_addr = htonl(address);
  std::memcpy(&request.ifr_addr, &value, sizeof value);
  return ::ioctl(socket, which, &request) == 0;
}

bool set_packet_size(int socket, const char* device) {
  ifreq request = request_for(device);
  request.ifr_mtu = kPacketBytes;
  return ::ioctl(socket, SIOCSIFMTU, &request) == 0;
}

// The device's own queue holds what a sender's largest window may bring at once: the emulated queue is the one that
// drops. By netlink, since the ioctl for it is refused in a user namespace.
bool set_queue(const char* device) {
  struct {
    nlmsghdr header;
    ifinfomsg link;
    rtattr attribute;
    std::uint32_t packets;
  } request{};
  request.header = {sizeof request, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0};
  request.link.ifi_index = static_cast<int>(::if_nametoindex(device));
  request.attribute = {RTA_LENGTH(sizeof request.packets), IFLA_TXQLEN};
  request.packets = 16'384;
  struct {
    nlmsghdr header;
    nlmsgerr error;
  } answer{};
  const int netlink = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  const bool is_answered = netlink >= 0 && ::send(netlink, &request, sizeof request, 0) == sizeof request &&
                           ::recv(netlink, &answer, sizeof answer, 0) > 0;
  if (netlink >= 0) ::close(netlink);
  if (is_answered) errno = -answer.error.error;
  return is_answered && errno == 0;
}

bool bring_up(int socket, const char* device) {
  ifreq request = request_for(device);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
}

int open_device(const char* name) {
  const int device = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request = request_for(name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (device < 0 || ::ioctl(device, TUNSETIFF, &request) != 0) return -1;
  return device;
}

bool configure(int socket, const TunDevice& device) {
  const char* const name = device.name.c_str();
  return set_packet_size(socket, name) && set_queue(name) && set_address(socket, name, SIOCSIFADDR, device.address) &&
         set_address(socket, name, SIOCSIFDSTADDR, device.peer) && bring_up(socket, name);
}

// Signals are for the parent to take. Being killed with it is asked for after the user namespace is made, which
// forgets it; the channel's end does the same where the parent died before.
void bind_to_parent() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

[[noreturn]] void hold(int channel, const std::vector<TunDevice>& devices) {
  close_others(channel);
  channel = 3;
  make_namespace(channel);
  bind_to_parent();
  write_text("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");  // no packets but those of programs
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  expect(socket >= 0 && bring_up(socket, "lo"), channel, Step::Configure);
  for (const TunDevice& device : devices) {
    const int tun = open_device(device.name.c_str());
    expect(tun >= 0, channel, Step::OpenDevice);
    expect(configure(socket, device), channel, Step::Configure);
    send_device(channel, tun);
    ::close(tun);
  }
  char end = 0;
  while (::read(channel, &end, 1) != 0) continue;
  ::_exit(0);
}

base::Error failure(const Message& message) {
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
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) throw failure({Step::MakeNamespace, errno});
  channel_.reset(ends[0]);
  const Descriptor other(ends[1]);
  process_ = ::fork();
  if (process_ < 0) throw failure({Step::MakeNamespace, errno});
  if (process_ == 0) hold(other.number(), devices);
}

NetworkNamespace::Holder::~Holder() {
  channel_.reset();
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
}

NetworkNamespace::Holder::Holder(Holder&& other) noexcept
    : channel_(std::move(other.channel_)), process_(std::exchange(other.process_, -1)) {}

// Waits until the child has made its next device.
Descriptor NetworkNamespace::Holder::receive_device() {
  Message message{};
  iovec part{&message, sizeof message};
  Control control{};
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
