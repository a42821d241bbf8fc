#include "rpc/weight_upload.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>

#include "rpc/agent.pb.h"
#include "wire/stream.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;

// Below this a weight comes from the heap; above it from pages that exist only once they are written to.
constexpr std::size_t kLargeBytes = 256 << 10;

base::Tensor reserve_bytes(std::size_t size) {
  const base::TensorType type = base::byte_type(size);
  if (size < kLargeBytes) return base::Tensor::allocate(type);
  void* const pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED)
    throw Error(ErrorKind::ResourceExhausted, fmt::format("no memory for a weight of {} bytes", size));
  const std::shared_ptr<void> owner(pages, [size](void* memory) { ::munmap(memory, size); });
  return base::Tensor::view(type, owner, static_cast<std::byte*>(pages), size);
}

// A chunk's message, its content not copied: protobuf fields may follow each other in any pieces.
wire::Segments encode_chunk(const DigestedWeight& weight, std::size_t offset, std::size_t count) {
  using google::protobuf::io::CodedOutputStream;
  constexpr std::uint8_t kContentTag = (v1::WeightChunk::kContentFieldNumber << 3) | 2;
  v1::WeightChunk head;
  if (offset == 0) {
    head.set_digest(weight.digest);
    head.set_size_bytes(weight.bytes.size());
  }
  std::uint8_t length[16];
  const std::uint8_t* const end = CodedOutputStream::WriteVarint64ToArray(count, length);
  auto start = std::make_shared<std::string>(head.SerializeAsString());
  start->push_back(static_cast<char>(kContentTag));
  start->append(reinterpret_cast<const char*>(length), static_cast<std::size_t>(end - length));
  const auto bytes = std::as_bytes(std::span(*start));
  return {{std::move(start), bytes}, {weight.bytes.owner(), weight.bytes.bytes().subspan(offset, count)}};
}

}  // namespace

base::Status send_weights(wire::Stream& stream, const std::vector<DigestedWeight>& weights, std::size_t chunk_bytes,
                          base::Deadline deadline, const std::function<void(std::size_t)>& progress) {
  std::size_t sent = 0;
  for (const DigestedWeight& weight : weights) {
    std::size_t offset = 0;
    do {
      const std::size_t count = std::min(chunk_bytes, weight.bytes.size() - offset);
      const base::Status status = stream.send(encode_chunk(weight, offset, count), deadline);
      if (!status) return status;
      offset += count;
      sent += count;
      if (progress) progress(sent);
    } while (offset < weight.bytes.size());
  }
  return stream.finish(deadline);
}

base::Status WeightReceiver::begin(const v1::WeightChunk& chunk) {
  if (!base::is_digest(chunk.digest())) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("weight '{}': expected a digest of 64 hexadecimal digits", chunk.digest().substr(0, 80)));
  }
  if (chunk.size_bytes() > limits_.weight_bytes) {
    return Error(ErrorKind::ResourceExhausted, fmt::format("weight {}: {} bytes, expected at most {}", chunk.digest(),
                                                           chunk.size_bytes(), limits_.weight_bytes));
  }
  digest_ = chunk.digest();
  bytes_ = reserve_bytes(chunk.size_bytes());
  received_ = 0;
  digester_ = std::make_unique<base::Digester>();
  return base::Nothing{};
}

base::Status WeightReceiver::take(const v1::WeightChunk& chunk) {
  if (is_between_weights()) {
    if (base::Status begun = begin(chunk); !begun) return begun;
  } else if (!chunk.digest().empty() || chunk.content().empty()) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("weight {}: broken off at byte {} of {}", digest_, received_, bytes_.size()));
  }
  const std::string& content = chunk.content();
  if (content.size() > bytes_.size() - received_) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("weight {}: more than the declared {} bytes", digest_, bytes_.size()));
  }
  if (!content.empty()) std::memcpy(bytes_.mutable_bytes().data() + received_, content.data(), content.size());
  digester_->add(content);
  received_ += content.size();
  return received_ == bytes_.size() ? finish() : base::Nothing{};
}

base::Status WeightReceiver::finish() {
  const std::string declared = std::exchange(digest_, {});
  const std::string found = digester_->finish();
  if (found != declared) {
    return Error(ErrorKind::InvalidInput, fmt::format("weight {}: its bytes have digest {}", declared, found));
  }
  return store_(declared, std::exchange(bytes_, {}));
}

}  // namespace tandem::rpc
