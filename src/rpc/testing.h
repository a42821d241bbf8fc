// For rpc's tests: a scripted Handler, and a link that can be cut and stalled. Private to rpc/.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "rpc/peer.h"
#include "rpc/server.h"

namespace tandem::rpc {

inline base::Deadline soon() {
  return base::Deadline::after(base::Milliseconds(10'000));
}

// A function that a test may replace while a server's threads call it.
template <class Function>
class Replaceable {
 public:
  Replaceable(Function function) : function_(std::make_shared<Function>(std::move(function))) {}
  Replaceable& operator=(Function function) {
    const std::lock_guard lock(mutex_);
    function_ = std::make_shared<Function>(std::move(function));
    return *this;
  }
  std::shared_ptr<Function> get() {
    const std::lock_guard lock(mutex_);
    return function_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<Function> function_;
};

// Answers a run with its own tensors unless told otherwise, and keeps its arguments.
class FakeHandler : public Handler {
 public:
  using Run = std::function<base::Result<RunReply>(RunRequest)>;
  using Probe = std::function<base::Result<LinkReport>(const ProbeRequest&)>;
  Replaceable<Run> on_run{[](RunRequest request) { return RunReply{request.id, std::move(request.tensors), {}}; }};
  using Load = std::function<base::Status()>;
  Replaceable<Load> on_load{[]() -> base::Status { return base::Nothing{}; }};
  Replaceable<Probe> on_probe{[](const ProbeRequest&) { return LinkReport{}; }};

  TargetDescription describe() override;
  std::vector<std::string> missing(const std::vector<std::string>& digests) override;
  base::Status store_weight(const std::string& digest, base::Tensor bytes) override;
  base::Status load(const PartOffer& part, const CallTerms& terms) override;
  std::unique_ptr<TensorReceiver> receive(const EncodedTensor& tensor, const base::Deadline& deadline) override;
  std::atomic<int> decoded_pieces{0};
  base::Result<RunReply> run(RunRequest request) override { return (*on_run.get())(std::move(request)); }
  base::Result<MeasureReply> measure(const MeasureRequest& request, const CallTerms& terms) override;
  base::Result<LinkReport> probe(const ProbeRequest& request) override { return (*on_probe.get())(request); }

  std::map<std::string, base::Tensor> weights();
  std::vector<PartOffer> loaded();
  MeasureRequest measured();  // the last request to measure

 private:
  std::mutex mutex_;
  std::map<std::string, base::Tensor> weights_;
  std::vector<PartOffer> loaded_;
  MeasureRequest measured_;
};

// Forwards bytes between its clients and a port of this machine.
class Relay {
 public:
  explicit Relay(int port);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::string address() const;
  void cut();                   // ends all connections, as the death of the peer's process does
  void stall(bool is_stalled);  // holds bytes back, both ways
  int connections();            // made so far

 private:
  void accept_all();
  void forward(int from, int to);

  const int port_;
  int listener_ = -1;
  int own_port_ = 0;
  std::mutex mutex_;
  std::set<int> sockets_;
  int connections_ = 0;
  bool is_stalled_ = false;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

// The codec that FakeHandler holds: pieces are the tensor's own bytes, "decoded" in 2 ms each.
std::string copying_codec();
EncodedTensor announced(const base::NamedTensor& named, std::uint32_t pieces);  // several
EncodedTensor encoded(const base::NamedTensor& named);                          // in one piece

// Cuts tensors into equal pieces.
class CopyingSource : public PieceSource {
 public:
  CopyingSource(const std::vector<base::NamedTensor>& tensors, std::uint32_t pieces);
  void next(std::vector<std::byte>& piece) override;
  std::function<void(std::size_t number)> before_piece = [](std::size_t) {};  // of all, counted from 0

 private:
  std::vector<std::vector<std::byte>> pieces_;
  std::size_t next_ = 0;
};

// A request whose tensors each come in `pieces` pieces.
RunRequest request_in_pieces(const std::vector<base::NamedTensor>& tensors, std::uint32_t pieces);

int connect_to(int port);  // a TCP socket
std::string local(int port);
base::Tensor floats(std::vector<float> values);
RunRequest request_of(base::Tensor tensor, base::Deadline deadline = soon());

}  // namespace tandem::rpc
