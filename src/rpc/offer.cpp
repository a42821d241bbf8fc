#include "rpc/offer.h"

#include "base/digest.h"

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
