#include "wire/socket_mutator.h"

#include <utility>

#include <grpc/support/atm.h>
#include <grpc/support/sync.h>
#include <grpcpp/support/channel_arguments.h>

// SetSocketMutator is public, the type that it takes is not: these are its declarations in gRPC 1.51
// (src/core/lib/iomgr/socket_mutator.h), with the layout that 1.37 to 1.60 have.
enum grpc_fd_usage { GRPC_FD_CLIENT_CONNECTION_USAGE, GRPC_FD_SERVER_LISTENER_USAGE, GRPC_FD_SERVER_CONNECTION_USAGE };
struct grpc_mutate_socket_info {
  int fd;
  grpc_fd_usage usage;
};
struct grpc_socket_mutator_vtable {
  bool (*mutate_fd)(int fd, grpc_socket_mutator* mutator);
  int (*compare)(grpc_socket_mutator* a, grpc_socket_mutator* b);
  void (*destroy)(grpc_socket_mutator* mutator);
  bool (*mutate_fd_2)(const grpc_mutate_socket_info* info, grpc_socket_mutator* mutator);
};
struct grpc_socket_mutator {
  const grpc_socket_mutator_vtable* vtable;
  gpr_refcount refcount;
};
void grpc_socket_mutator_init(grpc_socket_mutator* mutator, const grpc_socket_mutator_vtable* vtable);

namespace tandem::wire {
namespace {

struct Mutator : grpc_socket_mutator {
  explicit Mutator(std::shared_ptr<TcpSocket> its_socket) : grpc_socket_mutator{}, socket(std::move(its_socket)) {}
  std::shared_ptr<TcpSocket> socket;
};

TcpSocket& socket_of(grpc_socket_mutator* mutator) {
  return *static_cast<Mutator*>(mutator)->socket;
}

constexpr grpc_socket_mutator_vtable kFollows = {
    [](int fd, grpc_socket_mutator* mutator) {
      socket_of(mutator).follow(fd);
      return true;
    },
    [](grpc_socket_mutator* a, grpc_socket_mutator* b) { return a < b   ? -1
                                                                : a > b ? 1
                                                                        : 0; },
    [](grpc_socket_mutator* mutator) { delete static_cast<Mutator*>(mutator); }, nullptr};

}  // namespace

void follow_sockets(grpc::ChannelArguments& arguments, std::shared_ptr<TcpSocket> socket) {
  auto* mutator = new Mutator(std::move(socket));  // the arguments own it
  grpc_socket_mutator_init(mutator, &kFollows);
  arguments.SetSocketMutator(mutator);
}

}  // namespace tandem::wire
