// Run messages for src/rpc/run_message_fuzz.cpp.
#include <algorithm>

#include "fuzz/fuzz.h"
#include "rpc/run_message.h"

namespace {

using namespace tandem;

std::string joined(const wire::Segments& segments) {
  std::string text;
  for (const auto& segment : segments)
    text.append(reinterpret_cast<const char*>(segment.bytes.data()), segment.bytes.size());
  return text;
}

base::NamedTensor tensor(const std::string& name, base::Shape shape) {
  auto value = base::Tensor::allocate({base::ElementType::Float32, std::move(shape)});
  std::ranges::fill(value.mutable_values<float>(), 0.5f);
  return {name, value};
}

}  // namespace

std::vector<std::string> fuzz::seeds() {
  rpc::RunRequest request;
  request.id = 7;
  request.deadline = base::Deadline::after(base::Milliseconds(1000));
  request.route = {{"edge", {std::string(64, 'a')}, {"t"}, {"early"}}, {"cloud", {std::string(64, 'b')}, {}, {"last"}}};
  request.tensors = {tensor("t", {1, 3, 4}), tensor("empty", {0}), tensor("scalar", {})};
  request.route[0].offloads = {{0, 1, "cloud", {std::string(64, 'e')}, {"t"}, {}, {"made"}}};
  rpc::RunRequest encoded = request;
  encoded.route[0].codecs = {std::string(64, 'c')};
  const base::TensorType type{base::ElementType::Float32, {1, 64, 8, 8}};
  encoded.encoded = {{"single", type, std::string(64, 'c'), 1, tensor("", {6}).tensor},
                     {"several", type, std::string(64, 'd'), 3, {}}};
  rpc::RunRequest deposit = encoded;
  const std::string key(rpc::kDepositKeyBytes, 'k');
  deposit.route[0].deposits = {{"cloud", key, {"t"}, {std::string(64, 'c')}}};
  deposit.route[1].awaits = {key};
  rpc::RunReply reply;
  reply.id = 7;
  reply.tensors = {tensor("last", {1, 10})};
  reply.hops = {{"edge", 1.5, 2.5, 48, 0, 0, {{"cloud", 1, 2, 16}}}, {"cloud", 0.5, 0, 0}};
  reply.hops[0].deposits = {{"cloud", 0, 3, 16}};
  return {joined(rpc::encode(request)), joined(rpc::encode(encoded)), joined(rpc::encode(deposit)),
          joined(rpc::encode(reply)), joined(rpc::encode(7, base::Error(base::ErrorKind::Unavailable, "gone")))};
}
