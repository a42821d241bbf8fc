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

// Of a buffer at first, in pages; it doubles.
constexpr std::size_t kFirstBytes = 64 << 10;

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

UploadBuffer::UploadBuffer(base::SharedBudget memory, std::size_t size)
    : charge_(memory, size, "a weight"), size_(size) {
  charge_.shrink_to(0);  // one that cannot fit is refused before its first byte
}

UploadBuffer::UploadBuffer(UploadBuffer&& other) noexcept {
  swap(other);
}

UploadBuffer& UploadBuffer::operator=(UploadBuffer&& other) noexcept {
  UploadBuffer moved(std::move(other));
  swap(moved);
  return *this;
}

UploadBuffer::~UploadBuffer() {
  if (bytes_ != nullptr) ::munmap(bytes_, capacity_);
}

void UploadBuffer::swap(UploadBuffer& other) noexcept {
  std::swap(charge_, other.charge_);
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
  std::swap(received_, other.received_);
}

void UploadBuffer::reserve(std::size_t bytes) {
  if (bytes <= capacity_) return;
  const std::size_t wanted = std::max(bytes, std::min(size_, std::max(kFirstBytes, 2 * capacity_)));
  charge_.grow(wanted - capacity_, "a weight");
  void* const pages = bytes_ == nullptr
                          ? ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                          : ::mremap(bytes_, capacity_, wanted, MREMAP_MAYMOVE);
  if (pages == MAP_FAILED)
    throw Error(ErrorKind::ResourceExhausted, fmt::format("the system has no memory for a weight of {} bytes", size_));
  bytes_ = static_cast<std::byte*>(pages);
  capacity_ = wanted;
}

void UploadBuffer::append(std::string_view bytes) {
  reserve(received_ + bytes.size());
  if (!bytes.empty()) std::memcpy(bytes_ + received_, bytes.data(), bytes.size());
  received_ += bytes.size();
}

base::Tensor UploadBuffer::finish() && {
  const auto owner = std::make_shared<UploadBuffer>(std::move(*this));
  return base::Tensor::view(base::byte_type(owner->size_), owner, owner->bytes_, owner->size_);
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
  bytes_ = UploadBuffer(limits_.memory, chunk.size_bytes());
  digester_ = std::make_unique<base::Digester>();
  return base::Nothing{};
}

base::Status WeightReceiver::take(const v1::WeightChunk& chunk) {
  if (is_between_weights()) {
    if (base::Status begun = begin(chunk); !begun) return begun;
  } else if (!chunk.digest().empty() || chunk.content().empty()) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("weight {}: broken off at byte {} of {}", digest_, bytes_.received(), bytes_.size()));
  }
  const std::string& content = chunk.content();
  if (content.size() > bytes_.size() - bytes_.received()) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("weight {}: more than the declared {} bytes", digest_, bytes_.size()));
  }
  bytes_.append(content);
  digester_->add(content);
  return bytes_.received() == bytes_.size() ? finish() : base::Nothing{};
}

base::Status WeightReceiver::finish() {
  const std::string declared = std::exchange(digest_, {});
  const std::string found = digester_->finish();
  if (found != declared) {
    bytes_ = {};
    return Error(ErrorKind::InvalidInput, fmt::format("weight {}: its bytes have digest {}", declared, found));
  }
  return store_(declared, std::move(bytes_).finish());
}

}  // namespace tandem::rpc
