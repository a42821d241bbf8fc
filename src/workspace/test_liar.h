// For tests: an agent that answers wrongly. Private to workspace/.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "deploy/test_cluster.h"
#include "rpc/handler.h"

namespace tandem::workspace {

// Takes the place of an agent, and changes values in its answers; a sly one not in those to the first request of a
// caller, as which questioning.h asks.
class Liar : public rpc::Handler {
 public:
  explicit Liar(deploy::Node& node, bool is_sly = false) : honest_(node.agent), is_sly_(is_sly) {
    node.server.reset();
    node.server.emplace("127.0.0.1:" + std::to_string(node.port), *this, rpc::Credentials{});
  }

  rpc::TargetDescription describe() override { return honest_.describe(); }
  std::vector<std::string> missing(const std::vector<std::string>& digests) override {
    return honest_.missing(digests);
  }
  base::Status store_weight(const std::string& digest, base::Tensor bytes) override {
    return honest_.store_weight(digest, std::move(bytes));
  }
  base::Status load(const rpc::PartOffer& part, const rpc::CallTerms& terms) override {
    return honest_.load(part, terms);
  }
  std::unique_ptr<rpc::TensorReceiver> receive(const rpc::EncodedTensor& tensor,
                                               const base::Deadline& deadline) override {
    return honest_.receive(tensor, deadline);
  }
  base::Result<rpc::RunReply> run(rpc::RunRequest request) override {
    const bool is_first = request.id == 1;
    auto reply = honest_.run(std::move(request));
    if (!reply || (is_sly_ && is_first)) return reply;
    for (auto& named : reply.value().tensors) {
      auto changed = base::Tensor::of<float>(named.tensor.type(), named.tensor.values<float>());
      changed.mutable_values<float>()[0] += 0.5f;
      named.tensor = changed;
    }
    return reply;
  }
  base::Result<rpc::RunReply> deposit(rpc::RunRequest deposit) override { return honest_.deposit(std::move(deposit)); }
  base::Result<rpc::MeasureReply> measure(const rpc::MeasureRequest& request, const rpc::CallTerms& terms) override {
    return honest_.measure(request, terms);
  }
  base::Result<rpc::LinkReport> probe(const rpc::ProbeRequest& request) override { return honest_.probe(request); }

 private:
  rpc::Handler& honest_;
  const bool is_sly_;
};

}  // namespace tandem::workspace
