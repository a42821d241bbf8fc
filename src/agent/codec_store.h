// The open codecs of a target, by the digest of their descriptions, which its weight store holds. Thread-safe.
// Private to agent/.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "agent/weight_store.h"
#include "base/error.h"
#include "base/lru.h"
#include "base/memory_budget.h"
#include "codec/codec.h"

namespace tandem::agent {

class CodecStore {
 public:
  explicit CodecStore(WeightStore& weights, base::SharedBudget memory = {})
      : weights_(weights), memory_(std::move(memory)) {}

  // Opens it at the first use. Fails with NotFound for a description that has not been sent, and with the errors of
  // codec::open, and with ResourceExhausted where there is no memory for it. Keeps at most kMostCodecs open: closes the
  // least recently used one.
  base::Result<std::shared_ptr<const codec::Codec>> find(const std::string& digest);

  static constexpr std::size_t kMostCodecs = 64;

 private:
  std::shared_ptr<const codec::Codec> known(const std::string& digest);
  std::shared_ptr<const codec::Codec> open(const base::Tensor& description) const;
  void keep(const std::string& digest, const std::shared_ptr<const codec::Codec>& codec);

  WeightStore& weights_;
  const base::SharedBudget memory_;
  std::mutex mutex_;  // guards the members below
  base::Lru<std::string, std::shared_ptr<const codec::Codec>> codecs_{kMostCodecs};
};

}  // namespace tandem::agent
