#include "rpc/testing.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace tandem::rpc {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

class CopyingReceiver : public TensorReceiver {
 public:
  CopyingReceiver(const base::TensorType& type, std::atomic<int>& taken)
      : tensor_(base::Tensor::allocate(type)), taken_(taken) {}
  base::Milliseconds take(std::span<const std::byte> piece) override {
    if (piece.size() > tensor_.size() - size_) throw base::Error(base::ErrorKind::InvalidInput, "piece too large");
    std::ranges::copy(piece, tensor_.mutable_bytes().begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += piece.size();
    ++taken_;
    return base::Milliseconds(2);
  }
  base::Tensor finish() override {
    if (size_ != tensor_.size()) throw base::Error(base::ErrorKind::InvalidInput, "bytes are missing");
    return tensor_;
  }

 private:
  base::Tensor tensor_;
  std::atomic<int>& taken_;
  std::size_t size_ = 0;
};

bool send_all(int socket, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::send(socket, bytes, size, MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

TargetDescription FakeHandler::describe() {
  return {"edge", "x86_64", "a cpu", 2, std::int64_t{8} << 30, "none", "fake 1", 1, 8, "0.1"};
}

std::vector<std::string> FakeHandler::missing(const std::vector<std::string>& digests) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> missing;
  std::ranges::copy_if(digests, std::back_inserter(missing),
                       [&](const auto& digest) { return !weights_.contains(digest); });
  return missing;
}

base::Status FakeHandler::store_weight(const std::string& digest, base::Tensor bytes) {
  const std::lock_guard lock(mutex_);
  weights_[digest] = std::move(bytes);
  return base::Nothing{};
}

base::Status FakeHandler::load(const PartOffer& part, const CallTerms&) {
  if (const base::Status loaded = (*on_load.get())(); !loaded) return loaded;
  const std::lock_guard lock(mutex_);
  loaded_.push_back(part);
  return base::Nothing{};
}

std::unique_ptr<TensorReceiver> FakeHandler::receive(const EncodedTensor& tensor, const base::Deadline&) {
  if (tensor.codec != copying_codec()) throw base::Error(base::ErrorKind::NotFound, "no such codec");
  return std::make_unique<CopyingReceiver>(tensor.type, decoded_pieces);
}

MeasureRequest FakeHandler::measured() {
  const std::lock_guard lock(mutex_);
  return measured_;
}

base::Result<MeasureReply> FakeHandler::measure(const MeasureRequest& request, const CallTerms&) {
  const std::lock_guard lock(mutex_);
  measured_ = request;
  if (!request.codec.empty()) {
    MeasureReply reply;
    reply.encode_samples_ms = {1, 2};
    reply.decode_samples_ms = {3, 4};
    reply.encoded_bytes = static_cast<std::int64_t>(base::size_bytes(request.sample_type));
    return reply;
  }
  return MeasureReply{
      std::vector<double>(static_cast<std::size_t>(request.runs), 1.5), {{"conv", "Conv", 0.5}}, 2.5, 4096, 8192};
}

std::map<std::string, base::Tensor> FakeHandler::weights() {
  const std::lock_guard lock(mutex_);
  return weights_;
}

std::vector<PartOffer> FakeHandler::loaded() {
  const std::lock_guard lock(mutex_);
  return loaded_;
}

Relay::Relay(int port) : port_(port), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("relay: cannot listen");
  }
  own_port_ = ntohs(address.sin_port);
  threads_.emplace_back([this] { accept_all(); });
}

Relay::~Relay() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  ::shutdown(listener_, SHUT_RDWR);
  threads_.front().join();
  cut();
  for (std::size_t i = 1; i < threads_.size(); ++i) threads_[i].join();
  for (const int socket : sockets_) ::close(socket);
  ::close(listener_);
}

std::string Relay::address() const {
  return local(own_port_);
}

void Relay::cut() {
  const std::lock_guard lock(mutex_);
  for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
}

void Relay::stall(bool is_stalled) {
  const std::lock_guard lock(mutex_);
  is_stalled_ = is_stalled;
}

int Relay::connections() {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void Relay::accept_all() {
  while (true) {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    const int server = connect_to(port_);
    const std::lock_guard lock(mutex_);
    ++connections_;
    sockets_.insert(client);
    if (server < 0) {
      ::shutdown(client, SHUT_RDWR);
      continue;
    }
    sockets_.insert(server);
    threads_.emplace_back([this, client, server] { forward(client, server); });
    threads_.emplace_back([this, client, server] { forward(server, client); });
  }
}

void Relay::forward(int from, int to) {
  std::vector<char> bytes(64 << 10);
  const auto must_wait = [this] {
    const std::lock_guard lock(mutex_);
    return is_stalled_ && !is_ending_;
  };
  while (true) {
    pollfd ready{from, POLLIN, 0};
    ::poll(&ready, 1, 5);
    if (must_wait() || ready.revents == 0) continue;
    const ssize_t count = ::recv(from, bytes.data(), bytes.size(), 0);
    if (count <= 0 || !send_all(to, bytes.data(), static_cast<std::size_t>(count))) break;
  }
  ::shutdown(from, SHUT_RDWR);
  ::shutdown(to, SHUT_RDWR);
}

int connect_to(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return socket;
  ::close(socket);
  return -1;
}

std::string copying_codec() {
  return std::string(64, 'c');
}

EncodedTensor announced(const base::NamedTensor& named, std::uint32_t pieces) {
  return {named.name, named.tensor.type(), copying_codec(), pieces, {}};
}

EncodedTensor encoded(const base::NamedTensor& named) {
  const auto size = static_cast<std::int64_t>(named.tensor.size());
  return {named.name, named.tensor.type(), copying_codec(), 1,
          base::Tensor::of<std::byte>({base::ElementType::UInt8, {size}}, named.tensor.bytes())};
}

CopyingSource::CopyingSource(const std::vector<base::NamedTensor>& tensors, std::uint32_t pieces) {
  for (const base::NamedTensor& named : tensors) {
    const auto bytes = named.tensor.bytes();
    for (std::size_t i = 0; i < pieces; ++i) {
      const std::size_t first = bytes.size() * i / pieces;
      const auto piece = bytes.subspan(first, bytes.size() * (i + 1) / pieces - first);
      pieces_.emplace_back(piece.begin(), piece.end());
    }
  }
}

void CopyingSource::next(std::vector<std::byte>& piece) {
  before_piece(next_);
  const auto& bytes = pieces_.at(next_++);
  piece.insert(piece.end(), bytes.begin(), bytes.end());
}

RunRequest request_in_pieces(const std::vector<base::NamedTensor>& tensors, std::uint32_t pieces) {
  RunRequest request{7, soon()};
  for (const base::NamedTensor& named : tensors) request.encoded.push_back(announced(named, pieces));
  request.pieces = std::make_shared<CopyingSource>(tensors, pieces);
  return request;
}

std::string local(int port) {
  return "127.0.0.1:" + std::to_string(port);
}

base::Tensor floats(std::vector<float> values) {
  return base::Tensor::of<float>({base::ElementType::Float32, {static_cast<std::int64_t>(values.size())}}, values);
}

RunRequest request_of(base::Tensor tensor, base::Deadline deadline) {
  return {7, deadline, {}, {{"x", std::move(tensor)}}};
}

}  // namespace tandem::rpc
