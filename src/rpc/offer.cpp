#include "rpc/offer.h"

#include <memory>

#include "base/digest.h"
#include "rpc/agent.pb.h"
#include "rpc/control_message.h"
#include "rpc/convert.h"
#include "rpc/protobuf_limits.h"

namespace tandem::rpc {

const std::string& OfferMaker::digest_of(const base::Tensor& weight) {
  auto& digest = digests_[weight.bytes().data()];
  if (digest.empty()) digest = base::digest_of(weight.bytes());
  return digest;
}

PartOffer OfferMaker::make(const model::Part& part) {
  PartOffer offer;
  offer.graph = part.graph;
  offer.inputs = part.inputs;
  offer.outputs = part.outputs;
  for (const auto& weight : part.weights)
    offer.weights.push_back({weight.name, weight.tensor.type(), digest_of(weight.tensor)});
  offer.digest = rpc::digest_of(offer);
  return offer;
}

std::string digest_of(const PartOffer& offer) {
  base::Digester digester;
  digester.add(base::digest_of(offer.graph));
  for (const auto& weight : offer.weights) {
    digester.add(weight.name);
    digester.add(weight.digest);
  }
  return digester.finish();
}

std::string encode_offer(const PartOffer& offer) {
  return to_message(offer).SerializeAsString();
}

PartOffer decode_offer(std::string_view bytes, const Limits& limits) {
  const auto owner = std::make_shared<const std::string>(bytes);
  v1::PartOffer message;
  parse({{owner, std::as_bytes(std::span(*owner))}}, limits.control_message_bytes, part_offer_limits(), message).take();
  return from_message(message, limits);
}

std::vector<base::Tensor> tensors_of(const model::Part& part) {
  std::vector<base::Tensor> tensors;
  for (const auto& weight : part.weights) tensors.push_back(weight.tensor);
  return tensors;
}

std::vector<std::string> digests_of(const std::vector<base::Tensor>& blobs) {
  std::vector<std::string> digests;
  for (const auto& blob : blobs) digests.push_back(base::digest_of(blob.bytes()));
  return digests;
}

}  // namespace tandem::rpc
