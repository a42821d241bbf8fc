#include "wire/connection.h"

#include <map>
#include <utility>
#include <vector>

#include <grpcpp/channel.h>

#include "wire/channel.h"
#include "wire/credential_files.h"
#include "wire/library.h"
#include "wire/tls_probe.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kIdleStreams = 16;  // of each method
// After an outage TCP retries at growing intervals. After a missed deadline, and this long without a byte, a new
// connection is faster.
constexpr base::Milliseconds kSilenceBeforeReconnect{1000};

bool was_closed(const Error& error) {
  const auto says = [&](const char* sign) { return error.message().find(sign) != std::string::npos; };
  return error.kind() == ErrorKind::Unavailable &&
         (says("closed the connection") || says("ocket closed") || says("onnection reset"));
}

}  // namespace

// One channel and the streams that wait on it. It lives as long as any of them is in use.
struct Connection::Link {
  const std::shared_ptr<const Credentials> credentials;
  const std::shared_ptr<TcpSocket> socket;
  const std::shared_ptr<grpc::Channel> channel;
  std::mutex mutex;
  std::map<std::string, std::vector<std::unique_ptr<Stream>>> idle;
  base::Instant last_answer = base::steady_clock().now();

  Link(std::shared_ptr<const Credentials> its_credentials, std::shared_ptr<TcpSocket> its_socket,
       std::shared_ptr<grpc::Channel> its_channel)
      : credentials(std::move(its_credentials)), socket(std::move(its_socket)), channel(std::move(its_channel)) {}

  std::unique_ptr<Stream> take(const std::string& method) {
    const std::lock_guard lock(mutex);
    auto& streams = idle[method];
    if (streams.empty()) return nullptr;
    std::unique_ptr<Stream> stream = std::move(streams.back());
    streams.pop_back();
    return stream;
  }
  void give_back(const std::string& method, std::unique_ptr<Stream> stream) {
    const std::lock_guard lock(mutex);
    last_answer = base::steady_clock().now();
    auto& streams = idle[method];
    if (streams.size() < kIdleStreams) streams.push_back(std::move(stream));
  }
  bool is_silent() {
    const std::lock_guard lock(mutex);
    return base::steady_clock().now() - last_answer >= kSilenceBeforeReconnect;
  }
};

Connection::Connection(std::string name, std::string address, Credentials credentials, Limits limits, std::string where)
    : name_(std::move(name)),
      address_(std::move(address)),
      credentials_(std::make_shared<const Credentials>(std::move(credentials))),
      limits_(limits),
      where_(std::move(where)) {
  prepare_library();
  check_credentials(*credentials_, where_);
}

Connection::~Connection() = default;

// The link, or a new one if the last could not be made: each call makes an attempt of its own, and does not wait for
// the end of a backoff when the peer is back. New certificates, and a longer list of revoked ones, take a new
// connection, too.
std::shared_ptr<Connection::Link> Connection::usable_link() {
  const std::lock_guard lock(mutex_);
  const auto now = current(credentials_);
  const bool is_usable = link_ != nullptr && link_->credentials == now &&
                         link_->channel->GetState(false) != GRPC_CHANNEL_TRANSIENT_FAILURE;
  if (is_usable) return link_;
  auto socket = std::make_shared<TcpSocket>(limits_.congestion_control);
  auto channel = open_channel(name_, address_, *now, limits_, socket);
  link_ = std::make_shared<Link>(now, std::move(socket), std::move(channel));
  return link_;
}

void Connection::retire(const std::shared_ptr<Link>& link) {
  const std::lock_guard lock(mutex_);
  if (link_ == link) link_ = nullptr;
}

void Connection::note(const std::shared_ptr<Link>& link, const Error& error) {
  const bool is_lost = error.kind() == ErrorKind::Unavailable || error.kind() == ErrorKind::Refused;
  if (is_lost || (error.kind() == ErrorKind::DeadlineExceeded && link->is_silent())) retire(link);
}

// A server that wants TLS closes a plain connection without a word, so it is asked: but only a peer that has never
// answered, and only while there is time.
Error Connection::explained(const Error& error, base::Deadline deadline) const {
  if (credentials_->is_secure() || has_answered_ || !was_closed(error)) return error;
  if (deadline.remaining() < kLongestTlsProbe || !speaks_tls(address_)) return error;
  return {ErrorKind::Refused, where_ +
                                  ": it wants TLS: give --certs FOLDER, or name the folder in the fleet file; "
                                  "`tandem certs` makes it"};
}

base::Result<Segments> Connection::exchange(const std::string& method, const Segments& request, base::Deadline deadline,
                                            const Stream::NextMessage& next, const std::stop_token& cancelled,
                                            const Stream::LifeLine& life_line) {
  if (deadline.has_passed()) {
    return Error(ErrorKind::DeadlineExceeded, where_ + ": the deadline had passed before sending");
  }
  std::shared_ptr<Link> link = usable_link();
  std::unique_ptr<Stream> stream = link->take(method);
  if (stream != nullptr && !stream->is_alive()) {
    retire(link);  // the streams of one connection die together
    link = usable_link();
    stream = nullptr;
  }
  if (stream == nullptr) stream = std::make_unique<Stream>(link->channel, method, where_);
  stream->watch(life_line);
  base::Result<Segments> reply =
      next ? stream->exchange(request, next, deadline, cancelled) : stream->exchange(request, deadline, cancelled);
  if (!reply && cancelled.stop_requested())
    return Error(ErrorKind::Unavailable, where_ + ": the request was cancelled");
  if (!reply) {
    note(link, reply.error());
    return explained(reply.error(), deadline);
  }
  has_answered_ = true;
  link->give_back(method, std::move(stream));
  return reply;
}

base::Result<Segments> Connection::call(const std::string& method, const Segments& request, base::Deadline deadline,
                                        const Stream::LifeLine& life_line) {
  const std::shared_ptr<Link> link = usable_link();
  Stream stream(link->channel, method, where_, deadline);
  stream.watch(life_line);
  base::Result<Segments> reply = stream.call(request, deadline);
  if (!reply) {
    note(link, reply.error());
    return explained(reply.error(), deadline);
  }
  has_answered_ = true;
  return reply;
}

std::optional<TcpState> Connection::tcp_state() {
  const std::lock_guard lock(mutex_);
  return link_ == nullptr ? std::nullopt : link_->socket->state();
}

base::Status Connection::with_stream(const std::string& method, const std::function<base::Status(Stream&)>& use) {
  const std::shared_ptr<Link> link = usable_link();
  Stream stream(link->channel, method, where_);
  const base::Status status = use(stream);
  if (!status) note(link, status.error());
  return status;
}

}  // namespace tandem::wire
