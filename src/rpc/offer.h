// Makes offers: parts without the bytes of their weights, which go by their digests. Used by profile and deploy.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/part.h"
#include "rpc/limits.h"
#include "rpc/messages.h"

namespace tandem::rpc {

// Computes each weight's digest once, however many parts hold it. Not synchronised; the weights must outlive it.
class OfferMaker {
 public:
  PartOffer make(const model::Part& part);

 private:
  const std::string& digest_of(const base::Tensor& weight);

  std::map<const std::byte*, std::string> digests_;
};

// The digest that an offer has to carry: that of its graph and of the names and digests of its weights.
std::string digest_of(const PartOffer& offer);

// An offer as bytes, and back. Reading throws Error(InvalidInput) or Error(ResourceExhausted), as for one from a peer.
std::string encode_offer(const PartOffer& offer);
PartOffer decode_offer(std::string_view bytes, const Limits& limits);

std::vector<base::Tensor> tensors_of(const model::Part& part);
std::vector<std::string> digests_of(const std::vector<base::Tensor>& blobs);

}  // namespace tandem::rpc
