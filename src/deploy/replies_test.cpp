// Answers of targets that say something else than the model does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/test_parts.h"
#include "deploy/deployment.h"
#include "deploy/test_cluster.h"

namespace tandem::deploy {
namespace {

using base::Deadline;
using base::ErrorKind;

// Answers with tensors of its own, whatever it is asked.
class Liar : public rpc::Access {
 public:
  explicit Liar(base::TensorType type) : type_(std::move(type)) {}
  base::Result<rpc::TargetDescription> describe(Deadline) override { return rpc::TargetDescription{}; }
  base::Status upload(const rpc::PartOffer&, const std::vector<base::Tensor>&, Deadline,
                      const std::function<void(std::size_t)>&) override {
    return base::Nothing{};
  }
  base::Result<rpc::RunReply> run(const rpc::RunRequest& request) override {
    rpc::RunReply reply;
    reply.id = request.id;
    for (const char* name : {"early", "last"}) reply.tensors.push_back({name, base::Tensor::allocate(type_)});
    return reply;
  }
  base::Result<rpc::MeasureReply> measure(const rpc::MeasureRequest&, Deadline) override {
    return base::Error(ErrorKind::Unsupported, "no measurements");
  }
  base::Result<rpc::LinkReport> probe(const rpc::ProbeRequest&, Deadline) override {
    return base::Error(ErrorKind::Unsupported, "no probes");
  }

 private:
  base::TensorType type_;
};

base::Result<Answer> answer_of_liar(const base::TensorType& type) {
  const model::Model model = agent::branchy_model();
  fleet::Fleet fleet;
  fleet.targets = {{"edge", fleet::Tier::Edge, "127.0.0.1:1"}};
  std::vector<std::unique_ptr<rpc::Access>> accesses;
  accesses.push_back(std::make_unique<Liar>(type));
  const rpc::Targets targets(fleet, std::move(accesses));
  Deployment deployment(model, targets);
  return deployment.run(deployment.add({plan::Plan{{stage("edge", 0, kLayers)}}}).front(), agent::branchy_inputs());
}

TEST(Replies, AreHeldToTheModelsOutputs) {
  const base::TensorType right = agent::branchy_model().output_types().at(0).type;
  EXPECT_TRUE(answer_of_liar(right).ok());
  for (const base::TensorType& wrong :
       {base::TensorType{base::ElementType::Int32, right.shape}, base::TensorType{base::ElementType::Float32, {1, 999}},
        base::TensorType{base::ElementType::Float32, {}}}) {
    const auto answer = answer_of_liar(wrong);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().kind(), ErrorKind::Internal);
    EXPECT_THAT(answer.error().message(), testing::HasSubstr("'early' as " + base::to_string(wrong) + ", expected "));
  }
}

}  // namespace
}  // namespace tandem::deploy
