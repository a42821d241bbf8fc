#include "agent/offloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem::agent {

using base::Error;
using base::ErrorKind;

Offloads::Offloads(Messenger& messenger, const rpc::RunRequest& request)
    : messenger_(messenger),
      request_(request),
      offloads_(request.route.front().offloads),
      reports_(offloads_.size()),
      under_way_(offloads_.size()) {
  if (offloads_.empty()) return;
  stop_ = std::stop_source();
  on_cancelled_.emplace(request.cancelled, [this] { stop_.request_stop(); });
  for (std::size_t i = 0; i < offloads_.size(); ++i) reports_[i].target = offloads_[i].target;
}

Offloads::~Offloads() {
  stop_.request_stop();
}

base::Status Offloads::pass(std::uint32_t parts_run, TensorByName& tensors) {
  if (auto joined = join(parts_run, tensors); !joined) return joined;
  for (std::size_t i = 0; i < offloads_.size(); ++i) {
    if (offloads_[i].after_parts != parts_run) continue;
    if (auto started = start(i, tensors); !started) return started;
  }
  return base::Nothing{};
}

std::uint32_t Offloads::next_stop(std::uint32_t parts_run, std::uint32_t all) const {
  std::uint32_t next = all;
  for (const auto& offload : offloads_) {
    for (const std::uint32_t stop : {offload.after_parts, offload.until_parts}) {
      if (stop > parts_run) next = std::min(next, stop);
    }
  }
  return next;
}

base::Status Offloads::start(std::size_t index, const TensorByName& tensors) {
  const rpc::Offload& offload = offloads_[index];
  for (std::size_t i = 0; i < index; ++i) {  // so that a request has no more threads than there are links
    if (under_way_[i] && offloads_[i].target == offload.target)
      return Error(ErrorKind::InvalidInput, fmt::format("two offloads to '{}' at once, expected one", offload.target));
  }
  const rpc::Hop hop{.target = offload.target, .parts = offload.parts, .answers = offload.answers};
  auto errand = errand_for(request_, {hop}, offload.forwards, offload.codecs, tensors);
  if (!errand) return errand.error();
  errand.value().request.cancelled = stop_.get_token();
  under_way_[index] = std::async(std::launch::async, [this, index, errand = std::move(errand.value())]() mutable {
    return messenger_.run(std::move(errand), reports_[index]);
  });
  return base::Nothing{};
}

base::Status Offloads::join(std::uint32_t parts_run, TensorByName& tensors) {
  for (std::size_t i = 0; i < offloads_.size(); ++i) {
    if (!under_way_[i] || offloads_[i].until_parts > parts_run) continue;
    if (auto taken = take(i, tensors); !taken) return taken;
  }
  return base::Nothing{};
}

base::Status Offloads::take(std::size_t index, TensorByName& tensors) {
  auto reply = std::exchange(under_way_[index], std::nullopt)->get();
  if (!reply) return reply.error();
  for (const auto& name : offloads_[index].answers) {
    const auto made = std::ranges::find(reply.value().tensors, name, &base::NamedTensor::name);
    if (made == reply.value().tensors.end())
      return Error(ErrorKind::Internal, fmt::format("{}: no tensor '{}' in its answer", reports_[index].target, name));
    tensors[name] = std::move(made->tensor);
  }
  if (reply.value().hops.empty()) return base::Nothing{};
  reports_[index].compute_ms = reply.value().hops.front().compute_ms;
  reports_[index].decode_ms = reply.value().hops.front().decode_ms;
  return base::Nothing{};
}

}  // namespace tandem::agent
