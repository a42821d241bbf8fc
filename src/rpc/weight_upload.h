// Uploads of weights to an agent: many on one stream, in chunks. Private to rpc/.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/memory_budget.h"
#include "base/tensor.h"
#include "rpc/limits.h"

namespace tandem::v1 {
class WeightChunk;
}

namespace tandem::wire {
class Stream;
}

namespace tandem::rpc {

struct DigestedWeight {
  std::string digest;
  base::Tensor bytes;
};

// Sends all of them on a stream of Upload. `progress` is given the bytes sent so far as each chunk goes out.
base::Status send_weights(wire::Stream& stream, const std::vector<DigestedWeight>& weights, std::size_t chunk_bytes,
                          base::Deadline deadline, const std::function<void(std::size_t)>& progress);

// Bytes that grow to a size that was declared. A large buffer is made of whole pages, and moves by them.
class UploadBuffer {
 public:
  UploadBuffer() = default;
  UploadBuffer(base::SharedBudget memory, std::size_t size);
  UploadBuffer(UploadBuffer&& other) noexcept;
  UploadBuffer& operator=(UploadBuffer&& other) noexcept;
  ~UploadBuffer();

  std::size_t size() const { return size_; }
  std::size_t received() const { return received_; }
  void append(std::string_view bytes);  // throws Error(ResourceExhausted)
  base::Tensor finish() &&;             // call it once all has been received

 private:
  void swap(UploadBuffer& other) noexcept;
  void reserve(std::size_t bytes);

  base::MemoryCharge charge_;  // for `capacity_`
  std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t received_ = 0;
};

// Joins chunks. Memory is charged and taken as bytes arrive; the digest is verified before `store` sees a weight.
class WeightReceiver {
 public:
  using Store = std::function<base::Status(const std::string& digest, base::Tensor bytes)>;
  WeightReceiver(const Limits& limits, Store store) : limits_(limits), store_(std::move(store)) {}

  base::Status take(const v1::WeightChunk& chunk);
  bool is_between_weights() const { return digest_.empty(); }

 private:
  base::Status begin(const v1::WeightChunk& chunk);
  base::Status finish();

  Limits limits_;
  Store store_;
  std::string digest_;  // of the weight under way
  UploadBuffer bytes_;
  std::unique_ptr<base::Digester> digester_;
};

}  // namespace tandem::rpc
