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
  base::Digester digester;
  digester.add(base::digest_of(part.graph));
  for (const auto& weight : part.weights) {
    offer.weights.push_back({weight.name, weight.tensor.type(), digest_of(weight.tensor)});
    digester.add(weight.name);
    digester.add(offer.weights.back().digest);
  }
  offer.digest = digester.finish();
  return offer;
}

std::vector<base::Tensor> tensors_of(const model::Part& part) {
  std::vector<base::Tensor> tensors;
  for (const auto& weight : part.weights) tensors.push_back(weight.tensor);
  return tensors;
}

}  // namespace tandem::rpc
