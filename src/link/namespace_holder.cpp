#include "link/namespace_holder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace tandem::link {
namespace {

[[noreturn]] void give_up(int channel, HolderStep step) {
  const HolderMessage message{step, errno};
  [[maybe_unused]] const ssize_t sent = ::send(channel, &message, sizeof message, MSG_NOSIGNAL);
  ::_exit(1);
}

void expect(bool is_done, int channel, HolderStep step) {
  if (!is_done) give_up(channel, step);
}

void send_device(int channel, int device) {
  HolderMessage message{HolderStep::Done, 0};
  iovec part{&message, sizeof message};
  DescriptorControl control{};
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
  expect(errno == EPERM && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0, channel, HolderStep::MakeNamespace);
  expect(map_user(user, group), channel, HolderStep::MapUser);
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

}  // namespace

void hold_namespace(int channel, const std::vector<TunDevice>& devices) {
  close_others(channel);
  channel = 3;
  make_namespace(channel);
  bind_to_parent();
  write_text("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");  // no packets but those of programs
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  expect(socket >= 0 && bring_up(socket, "lo"), channel, HolderStep::Configure);
  for (const TunDevice& device : devices) {
    const int tun = open_device(device.name.c_str());
    expect(tun >= 0, channel, HolderStep::OpenDevice);
    expect(configure(socket, device), channel, HolderStep::Configure);
    send_device(channel, tun);
    ::close(tun);
  }
  char end = 0;
  while (::read(channel, &end, 1) != 0) continue;
  ::_exit(0);
}

}  // namespace tandem::link
