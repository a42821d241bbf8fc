#include "rpc/pieces.h"

#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;

// magic[4] "TNDP", tensor u32, piece u32; little-endian.
constexpr std::size_t kHeadBytes = 12;
constexpr std::string_view kMagic = "TNDP";
constexpr std::size_t kKeptBuffers = 8;
constexpr std::size_t kMostKeptBytes = 4u << 20;  // larger ones go back to the system

void append_number(std::uint32_t value, std::vector<std::byte>& out) {
  for (std::size_t i = 0; i < sizeof(value); ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < sizeof(value); ++i) value |= static_cast<std::uint32_t>(bytes[at + i]) << (8 * i);
  return value;
}

void append_head(const PiecePlace& place, std::vector<std::byte>& message) {
  const auto magic = std::as_bytes(std::span(kMagic));
  message.insert(message.end(), magic.begin(), magic.end());
  append_number(place.tensor, message);
  append_number(place.piece, message);
}

PiecePlace place_of(std::span<const std::byte> message) {
  if (message.size() < kHeadBytes || std::memcmp(message.data(), kMagic.data(), kMagic.size()) != 0) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("a message of {} bytes that does not start with '{}', in the middle of a request",
                            message.size(), kMagic));
  }
  return {number_at(message, 4), number_at(message, 8)};
}

}  // namespace

std::shared_ptr<MessageBuffers::Buffer> MessageBuffers::take() {
  auto buffer = std::make_unique<Buffer>();
  {
    const std::lock_guard lock(store_->mutex);
    if (!store_->free.empty()) {
      buffer = std::move(store_->free.back());
      store_->free.pop_back();
    }
  }
  buffer->clear();
  return {buffer.release(), [store = store_](Buffer* used) {
            std::unique_ptr<Buffer> returned(used);
            const std::lock_guard lock(store->mutex);
            if (store->free.size() < kKeptBuffers && returned->capacity() <= kMostKeptBytes)
              store->free.push_back(std::move(returned));
          }};
}

PieceOrder::PieceOrder(std::span<const EncodedTensor> tensors) {
  for (const EncodedTensor& tensor : tensors) pieces_.push_back(tensor.pieces);
  skip_single_pieces();
}

void PieceOrder::skip_single_pieces() {
  while (!is_at_end() && pieces_[place_.tensor] <= 1) ++place_.tensor;
}

void PieceOrder::advance() {
  if (!is_last_of_tensor()) {
    ++place_.piece;
    return;
  }
  place_ = {place_.tensor + 1, 0};
  skip_single_pieces();
}

PieceSender::PieceSender(const RunRequest& request, MessageBuffers& buffers)
    : request_(request), buffers_(buffers), order_(request.encoded) {}

std::shared_ptr<const MessageBuffers::Buffer> PieceSender::next() {
  if (order_.is_at_end()) return nullptr;
  assert(request_.pieces != nullptr && "a tensor of several pieces needs a source of pieces");
  const auto message = buffers_.take();
  append_head(order_.place(), *message);
  request_.pieces->next(*message);
  order_.advance();
  return message;
}

Arrival::Arrival(RunRequest request, Handler& handler, const Limits& limits)
    : request_(std::move(request)), handler_(handler), most_bytes_(limits.message_bytes), order_(request_.encoded) {
  for (const EncodedTensor& tensor : request_.encoded) {
    if (tensor.pieces > 1) continue;
    open(tensor);
    request_.decoding += receiver_->take(tensor.content.bytes());
    close(tensor);
  }
  if (!is_complete()) open(request_.encoded[order_.place().tensor]);
}

void Arrival::open(const EncodedTensor& tensor) {
  receiver_ = handler_.receive(tensor, request_.deadline);
}

void Arrival::close(const EncodedTensor& tensor) {
  request_.tensors.push_back({tensor.name, receiver_->finish()});
  receiver_ = nullptr;
}

void Arrival::take(std::span<const std::byte> message) {
  const PiecePlace found = place_of(message);
  const PiecePlace& due = order_.place();
  if (found != due) {
    throw Error(ErrorKind::InvalidInput, fmt::format("piece {} of encoded tensor {}, expected piece {} of tensor {}",
                                                     found.piece, found.tensor, due.piece, due.tensor));
  }
  received_bytes_ += message.size();
  if (received_bytes_ > most_bytes_) {
    throw Error(ErrorKind::ResourceExhausted,
                fmt::format("pieces of {} bytes, expected at most {}", received_bytes_, most_bytes_));
  }
  if (request_.deadline.has_passed())
    throw Error(ErrorKind::DeadlineExceeded, "the deadline passed while the request's tensors arrived");
  request_.decoding += receiver_->take(message.subspan(kHeadBytes));
  const bool ends_tensor = order_.is_last_of_tensor();
  if (ends_tensor) close(request_.encoded[due.tensor]);
  order_.advance();
  if (ends_tensor && !is_complete()) open(request_.encoded[order_.place().tensor]);
}

RunRequest Arrival::finish() {
  assert(is_complete());
  request_.encoded.clear();
  return std::move(request_);
}

}  // namespace tandem::rpc
