#include "agent/codec_store.h"

#include <fmt/format.h>

#include "codec/open.h"

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;

// An open codec: its description, and tables of the same order.
constexpr std::size_t kCodecCopies = 4;
constexpr std::size_t kCodecBytes = 64 << 10;

}  // namespace

std::shared_ptr<const codec::Codec> CodecStore::known(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  const auto* held = codecs_.find(digest);
  return held == nullptr ? nullptr : *held;
}

void CodecStore::keep(const std::string& digest, const std::shared_ptr<const codec::Codec>& codec) {
  const std::lock_guard lock(mutex_);
  codecs_.put(digest, codec);
}

std::shared_ptr<const codec::Codec> CodecStore::open(const base::Tensor& description) const {
  struct Charged {
    base::MemoryCharge charge;
    std::shared_ptr<const codec::Codec> codec;
  };
  base::MemoryCharge charge(memory_, kCodecBytes + kCodecCopies * description.size(), "a codec");
  const auto charged = std::make_shared<Charged>(std::move(charge), codec::open(base::text_of(description)));
  return {charged, charged->codec.get()};
}

base::Result<std::shared_ptr<const codec::Codec>> CodecStore::find(const std::string& digest) {
  if (auto codec = known(digest)) return codec;
  const auto description = weights_.get(digest);
  if (!description) {
    return Error(ErrorKind::NotFound,
                 fmt::format("codec {} has not been sent: deploy the plan again", digest.substr(0, 12)));
  }
  if (description.value().size() > codec::kMostDescriptionBytes) {
    return Error(ErrorKind::ResourceExhausted,
                 fmt::format("codec {}: a description of {} bytes, expected at most {}", digest.substr(0, 12),
                             description.value().size(), codec::kMostDescriptionBytes));
  }
  try {
    const auto codec = open(description.value());
    keep(digest, codec);
    return codec;
  } catch (const Error& error) {
    return error;
  }
}

}  // namespace tandem::agent
