#include "agent/transfer.h"

#include <utility>

#include "codec/frame.h"

namespace tandem::agent {
namespace {

class Receiver : public rpc::TensorReceiver {
 public:
  Receiver(codec::Decoder decoder, base::MemoryCharge charge, Pace pace, const base::Deadline& deadline)
      : charge_(std::move(charge)), decoder_(std::move(decoder)), pace_(pace), deadline_(deadline) {}

  base::Milliseconds take(std::span<const std::byte> piece) override {
    return pace_.stretch(deadline_, [&] { decoder_.take(piece); });
  }
  base::Tensor finish() override { return base::with_charge(decoder_.finish(), std::move(charge_)); }

 private:
  base::MemoryCharge charge_;  // for the tensor
  codec::Decoder decoder_;
  const Pace pace_;
  const base::Deadline deadline_;
};

base::Tensor as_tensor(std::vector<std::byte> bytes) {
  const base::TensorType type = base::byte_type(bytes.size());
  const auto owner = std::make_shared<std::vector<std::byte>>(std::move(bytes));
  return base::Tensor::view(type, owner, owner->data(), owner->size());
}

}  // namespace

void TensorSender::add(base::NamedTensor tensor, rpc::RunRequest& request) {
  sent_bytes_ += static_cast<std::int64_t>(tensor.tensor.size());
  request.tensors.push_back(std::move(tensor));
}

void TensorSender::add(const base::NamedTensor& tensor, const std::shared_ptr<const codec::Codec>& codec,
                       const std::string& digest, rpc::RunRequest& request) {
  add(tensor, std::make_shared<Encoding>(codec, tensor.tensor, 1, memory_), digest, request);
}

void TensorSender::add(const base::NamedTensor& tensor, const std::shared_ptr<Encoding>& encoding,
                       const std::string& digest, rpc::RunRequest& request) {
  const std::size_t pieces = encoding->piece_count();
  if (pieces == 0) return add(tensor, request);  // nothing to encode
  rpc::EncodedTensor entry{tensor.name, tensor.tensor.type(), digest, static_cast<std::uint32_t>(pieces), {}};
  if (pieces == 1) {
    base::MemoryCharge charge(memory_, tensor.tensor.size(), "an encoded tensor");
    std::vector<std::byte> only;
    append(*encoding, 0, only);
    charge.shrink_to(only.capacity());
    entry.content = base::with_charge(as_tensor(std::move(only)), std::move(charge));
  } else {
    series_.push_back({encoding});
  }
  request.encoded.push_back(std::move(entry));
}

void TensorSender::append(Encoding& encoding, std::size_t index, std::vector<std::byte>& piece) {
  const std::size_t before = piece.size();
  encoding_ += encoding.append(index, piece, pace_, deadline_);
  sent_bytes_ += static_cast<std::int64_t>(piece.size() - before);
}

void TensorSender::next(std::vector<std::byte>& piece) {
  Series& series = series_.front();
  append(*series.encoding, series.made++, piece);
  if (series.made == series.encoding->piece_count()) series_.pop_front();
}

std::unique_ptr<rpc::TensorReceiver> receiver(const std::shared_ptr<const codec::Codec>& codec,
                                              const base::TensorType& type, Pace pace, const base::Deadline& deadline,
                                              const base::SharedBudget& memory) {
  base::MemoryCharge charge(memory, base::size_bytes(type), "a decoded tensor");
  return std::make_unique<Receiver>(codec::Decoder(codec, type), std::move(charge), pace, deadline);
}

rpc::MeasureReply time_codec(const std::shared_ptr<const codec::Codec>& codec, const base::Tensor& tensor,
                             int warmup_runs, int runs, const Pace& pace) {
  rpc::MeasureReply reply;
  std::vector<std::byte> frame;
  for (int run = 0; run < warmup_runs + runs; ++run) {
    frame.clear();
    const auto encoding = pace.time([&] {
      codec::Encoder encoder(codec, tensor);
      while (encoder.next(frame)) continue;
    });
    const auto decoding = pace.time([&] {
      codec::Decoder decoder(codec, tensor.type());
      decoder.take(frame);
      decoder.finish();
    });
    if (run < warmup_runs) continue;
    reply.encode_samples_ms.push_back(encoding.count());
    reply.decode_samples_ms.push_back(decoding.count());
  }
  reply.encoded_bytes = static_cast<std::int64_t>(frame.size());
  return reply;
}

}  // namespace tandem::agent
