#include "attacks/hostile_member.h"

#include <algorithm>

#include "rpc/methods.h"
#include "rpc/offer.h"

namespace tandem::attacks {
namespace {

using base::Deadline;
using base::Milliseconds;

constexpr double kLongestCallMs = 400;
constexpr std::size_t kLongestNoise = 64 << 10;

wire::Segments segments_of(const std::string& text) {
  const auto owner = std::make_shared<const std::string>(text);
  return {{owner, std::as_bytes(std::span(*owner))}};
}

std::vector<double> shares_of(const std::vector<Method>& methods) {
  std::vector<double> shares;
  for (const auto& method : methods) shares.push_back(method.share);
  return shares;
}

bool happens(double share, std::mt19937_64& random) {
  return std::bernoulli_distribution(share)(random);
}

std::string noise(std::mt19937_64& random) {
  std::string bytes(random() % kLongestNoise >> random() % 16, '\0');
  std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
  return bytes;
}

// So that what follows the check of the digest is reached.
std::string with_right_digest(const std::string& message, const rpc::Limits& limits) try {
  rpc::PartOffer offer = rpc::decode_offer(message, limits);
  offer.digest = rpc::digest_of(offer);
  return rpc::encode_offer(offer);
} catch (const std::exception&) {
  return message;
}

}  // namespace

HostileMember::HostileMember(const std::string& target, const std::string& address, const rpc::Credentials& credentials,
                             const std::vector<Method>& methods, std::uint64_t seed)
    : methods_(methods),
      random_(seed),
      connection_(std::make_unique<wire::Connection>(target, address, credentials, limits_, target)) {
  for (const auto& method : methods) mutators_.emplace_back(method.messages);
  const auto shares = shares_of(methods);
  choice_ = std::discrete_distribution<std::size_t>(shares.begin(), shares.end());
}

void HostileMember::call() {
  const std::size_t method = choice_(random_);
  const double longest_ms = std::uniform_real_distribution(0.0, kLongestCallMs)(random_);
  ++figures_.calls;
  figures_.answered += is_answered(method, Deadline::after(Milliseconds(longest_ms)));
}

std::string HostileMember::any_message(std::size_t method) {
  if (happens(0.1, random_)) return noise(random_);
  std::string message = happens(0.1, random_) ? methods_[method].messages[random_() % methods_[method].messages.size()]
                                              : mutators_[method].make(random_);
  const bool is_offer = methods_[method].path == rpc::kLoadMethod;
  return is_offer && happens(0.7, random_) ? with_right_digest(message, limits_) : message;
}

bool HostileMember::is_answered(std::size_t method, Deadline deadline) {
  const auto& [path, kind, share, messages] = methods_[method];
  if (kind == Method::Kind::Unary) return connection_->call(path, segments_of(any_message(method)), deadline).ok();
  if (kind == Method::Kind::Exchange && happens(0.5, random_))
    return connection_->exchange(path, segments_of(any_message(method)), deadline).ok();
  const auto use = [&](wire::Stream& stream) -> base::Status { return use_stream(stream, method, deadline); };
  return connection_->with_stream(path, use).ok();
}

// Some messages, and then its end, or none.
base::Status HostileMember::use_stream(wire::Stream& stream, std::size_t method, Deadline deadline) {
  for (std::size_t i = random_() % 4; i > 0; --i) {
    const auto message = segments_of(any_message(method));
    if (methods_[method].kind == Method::Kind::Series) {
      const auto sent = stream.send(message, deadline);
      if (!sent) return sent;
    } else {
      const auto answer = stream.exchange(message, deadline);
      if (!answer) return answer.error();
    }
  }
  return happens(0.5, random_) ? stream.finish(deadline) : base::Status(base::Nothing{});
}

bool HostileMember::load(const std::string& graph, Milliseconds limit) {
  rpc::PartOffer offer;
  offer.graph = graph;
  offer.digest = rpc::digest_of(offer);
  ++figures_.calls;
  const bool is_loaded =
      connection_->call(rpc::kLoadMethod, segments_of(rpc::encode_offer(offer)), Deadline::after(limit)).ok();
  figures_.answered += is_loaded;
  return is_loaded;
}

}  // namespace tandem::attacks
