// Server and Peer against each other, in one process, over loopback.
#include <gtest/gtest.h>

#include "rpc/peer.h"
#include "rpc/server.h"

namespace tandem::rpc {
namespace {

using base::Deadline;
using base::Milliseconds;

class Echoing : public Handler {
 public:
  TargetDescription describe() override { return {.name = "edge"}; }
  std::vector<std::string> missing(const std::vector<std::string>& digests) override { return digests; }
  base::Status store_weight(const std::string&, base::Tensor) override { return base::Nothing{}; }
  base::Status load(const PartOffer&) override { return base::Nothing{}; }
  base::Result<RunReply> run(RunRequest request) override {
    return RunReply{request.id, std::move(request.tensors), {}};
  }
  base::Result<MeasureReply> measure(const MeasureRequest&) override { return MeasureReply{}; }
  base::Result<LinkReport> probe(const std::string&) override { return LinkReport{}; }
};

TEST(Rpc, AnswersARequest) {
  Echoing handler;
  Server server("127.0.0.1:0", handler, {});
  Peer peer("edge", "127.0.0.1:" + std::to_string(server.port()), {});
  const float values[] = {1, 2, 3};
  RunRequest request{7,
                     Deadline::after(Milliseconds(5000)),
                     {},
                     {{"x", base::Tensor::of<float>({base::ElementType::Float32, {3}}, values)}}};
  const auto reply = peer.run(request);
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  EXPECT_EQ(reply.value().tensors[0].tensor.values<float>()[2], 3);
  EXPECT_EQ(peer.describe(Deadline::after(Milliseconds(5000))).value().slowdown, 1);
  EXPECT_TRUE(peer.check_health(Deadline::after(Milliseconds(5000))).ok());
}

}  // namespace
}  // namespace tandem::rpc
