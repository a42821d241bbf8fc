#include "attacks/methods.h"

#include "base/digest.h"
#include "codec/open.h"
#include "engine/engine.h"
#include "rpc/agent.pb.h"
#include "rpc/methods.h"
#include "rpc/offer.h"
#include "rpc/run_message.h"

namespace tandem::attacks {
namespace {

using Kind = Method::Kind;

std::string joined(const wire::Segments& segments) {
  std::string text;
  for (const auto& segment : segments)
    text.append(reinterpret_cast<const char*>(segment.bytes.data()), segment.bytes.size());
  return text;
}

std::vector<std::string> run_messages(const std::string& target, const model::Part& part, const std::string& digest) {
  rpc::RunRequest request;
  request.id = 7;
  request.deadline = base::Deadline::after(base::Milliseconds(300));
  request.route = {{target, {digest}, {}, {part.outputs[0].name}, {}, {}}};
  const auto tensors = engine::made_up_inputs(part.inputs);
  for (std::size_t i = 0; i < tensors.size(); ++i) request.tensors.push_back({part.inputs[i].name, tensors[i]});
  rpc::RunRequest relayed = request;
  relayed.route.push_back({"elsewhere", {digest}, {}, {part.outputs[0].name}, {}, {}});
  relayed.route[0].forwards = relayed.route[0].answers;
  rpc::RunRequest encoded = request;
  encoded.tensors.clear();
  encoded.encoded = {{part.inputs[0].name, part.inputs[0].type, base::digest_of("fp16"), 3, {}}};
  rpc::RunRequest early = request;
  rpc::RunRequest awaiting = request;
  awaiting.route[0].awaits = {std::string(rpc::kDepositKeyBytes, 'w')};
  early.route[0].exits = {{1, part.outputs[0].name, 0.5, "softmax", 1.5}};
  return {joined(rpc::encode(request)), joined(rpc::encode(relayed)), joined(rpc::encode(encoded)),
          joined(rpc::encode(early)), joined(rpc::encode(awaiting))};
}

// Nobody comes for them, or somebody waits for one that never comes.
std::vector<std::string> deposit_messages(const std::string& target, const model::Part& part) {
  rpc::RunRequest deposit;
  deposit.id = 7;
  deposit.deadline = base::Deadline::after(base::Milliseconds(300));
  deposit.route = {{.target = target, .awaits = {std::string(rpc::kDepositKeyBytes, 'k')}}};
  const auto tensors = engine::made_up_inputs(part.inputs);
  for (std::size_t i = 0; i < tensors.size(); ++i) deposit.tensors.push_back({part.inputs[i].name, tensors[i]});
  rpc::RunRequest encoded = deposit;
  encoded.tensors.clear();
  encoded.encoded = {{part.inputs[0].name, part.inputs[0].type, base::digest_of("fp16"), 3, {}}};
  return {joined(rpc::encode(deposit)), joined(rpc::encode(encoded))};
}

std::vector<std::string> upload_messages() {
  std::vector<std::string> messages;
  for (const std::string& content : {std::string("fp16"), std::string("int8"), std::string(5000, 'w')}) {
    v1::WeightChunk chunk;
    chunk.set_digest(base::digest_of(content));
    chunk.set_size_bytes(content.size());
    chunk.set_content(content);
    messages.push_back(chunk.SerializeAsString());
    chunk.set_size_bytes(content.size() * 1000);  // the rest never comes
    messages.push_back(chunk.SerializeAsString());
  }
  return messages;
}

std::vector<std::string> measure_messages(const std::string& digest) {
  v1::MeasureRequest parts;
  parts.add_parts(digest);
  parts.set_runs(20);
  v1::MeasureRequest examined = parts;
  examined.set_examine(true);
  v1::MeasureRequest codec;
  codec.set_codec(base::digest_of("fp16"));
  codec.mutable_sample()->set_digest(base::digest_of(std::string(5000, 'w')));
  codec.mutable_sample()->set_element(1);
  codec.mutable_sample()->add_shape(1250);
  codec.set_runs(20);
  return {parts.SerializeAsString(), examined.SerializeAsString(), codec.SerializeAsString()};
}

std::string probe_message() {
  v1::ProbeRequest probe;
  probe.set_peer("elsewhere");
  probe.set_upload_bytes(1 << 16);
  return probe.SerializeAsString();
}

std::string digests_message(const std::string& digest) {
  v1::Digests digests;
  digests.add_digests(digest);
  digests.add_digests(base::digest_of("fp16"));
  return digests.SerializeAsString();
}

}  // namespace

std::vector<Method> methods_of(const std::string& target, const model::Part& part, const rpc::PartOffer& offer) {
  const std::string echo{"\x10\0\0\0\0\0\0\0xxxxxxxx", 16};
  return {{rpc::kRunMethod, Kind::Exchange, 30, run_messages(target, part, offer.digest)},
          {rpc::kDepositMethod, Kind::Exchange, 10, deposit_messages(target, part)},
          {rpc::kEchoMethod, Kind::Exchange, 10, {echo}},
          {rpc::kUploadMethod, Kind::Series, 15, upload_messages()},
          {rpc::kDescribeMethod, Kind::Unary, 5, {""}},
          {rpc::kMissingMethod, Kind::Unary, 10, {digests_message(offer.digest)}},
          {rpc::kLoadMethod, Kind::Unary, 15, {rpc::encode_offer(offer)}},
          {rpc::kMeasureMethod, Kind::Unary, 5, measure_messages(offer.digest)},
          {rpc::kProbeMethod, Kind::Unary, 3, {probe_message()}},
          {rpc::kHealthMethod, Kind::Unary, 5, {"", "\x0a\x02xx"}},
          {"/tandem.v1.Agent/Nothing", Kind::Unary, 2, {"x"}}};
}

}  // namespace tandem::attacks
