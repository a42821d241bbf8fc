#include "agent/messenger.h"

#include <fmt/format.h>

#include <cassert>
#include <memory>
#include <utility>

#include "rpc/peer.h"

namespace tandem::agent {

using base::Error;
using base::ErrorKind;

base::Result<std::vector<base::NamedTensor>> pick(const std::vector<std::string>& names, const TensorByName& tensors) {
  std::vector<base::NamedTensor> picked;
  for (const auto& name : names) {
    const auto tensor = tensors.find(name);
    if (tensor == tensors.end())
      return Error(ErrorKind::InvalidInput, fmt::format("the route names tensor '{}', which no part made", name));
    picked.push_back({name, tensor->second});
  }
  return picked;
}

base::Result<Errand> errand_for(const rpc::RunRequest& request, std::vector<rpc::Hop> route,
                                const std::vector<std::string>& names, const std::vector<std::string>& codecs,
                                const TensorByName& tensors) {
  auto picked = pick(names, tensors);
  if (!picked) return picked.error();
  Errand errand{{}, std::move(picked.value()), codecs};
  errand.request.id = request.id;
  errand.request.deadline = request.deadline;
  errand.request.cancelled = request.cancelled;
  errand.request.route = std::move(route);
  return errand;
}

Messenger::Messenger(std::string name, Neighbours& neighbours, CodecStore& codecs, const Pace& pace,
                     base::SharedBudget memory, base::Clock& clock)
    : name_(std::move(name)),
      neighbours_(neighbours),
      codecs_(codecs),
      pace_(pace),
      memory_(std::move(memory)),
      clock_(clock) {}

base::Status Messenger::add_tensors(Errand& errand, TensorSender& sender) try {
  assert(errand.codecs.empty() || errand.codecs.size() == errand.tensors.size());
  for (std::size_t i = 0; i < errand.tensors.size(); ++i) {
    base::NamedTensor& tensor = errand.tensors[i];
    if (errand.codecs.empty() || errand.codecs[i].empty()) {
      sender.add(std::move(tensor), errand.request);
    } else if (const auto shared = errand.encodings.find({tensor.name, errand.codecs[i]});
               shared != errand.encodings.end()) {
      sender.add(tensor, shared->second, errand.codecs[i], errand.request);
    } else {
      sender.add(tensor, codecs_.find(errand.codecs[i]).take(), errand.codecs[i], errand.request);
    }
  }
  return base::Nothing{};
} catch (const Error& error) {
  return error;
}

base::Status Messenger::share_encodings(std::vector<Errand>& errands) try {
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> carriers;
  std::map<std::string, base::Tensor> tensors;
  for (std::size_t errand = 0; errand < errands.size(); ++errand) {
    for (std::size_t i = 0; i < errands[errand].codecs.size(); ++i) {
      const base::NamedTensor& tensor = errands[errand].tensors[i];
      if (errands[errand].codecs[i].empty()) continue;
      carriers[{tensor.name, errands[errand].codecs[i]}].push_back(errand);
      tensors[tensor.name] = tensor.tensor;
    }
  }
  for (const auto& [key, users] : carriers) {
    if (users.size() == 1) continue;
    const auto encoding =
        std::make_shared<Encoding>(codecs_.find(key.second).take(), tensors.at(key.first), users.size(), memory_);
    for (const std::size_t user : users) errands[user].encodings[key] = encoding;
  }
  return base::Nothing{};
} catch (const Error& error) {
  return error.at(name_);
}

base::Result<rpc::RunReply> Messenger::run(Errand errand, rpc::HopReport& report) {
  return send(&rpc::Peer::run, std::move(errand), report);
}

base::Result<rpc::RunReply> Messenger::deposit(Errand errand, rpc::HopReport& report) {
  auto reply = send(&rpc::Peer::deposit, std::move(errand), report);
  if (!reply || reply.value().hops.empty()) return reply;
  const rpc::HopReport& held = reply.value().hops.front();
  report.exchange_ms -= held.waited_ms;
  report.decode_ms = held.decode_ms;
  report.waited_ms = held.waited_ms;
  return reply;
}

base::Result<rpc::RunReply> Messenger::send(Call call, Errand errand, rpc::HopReport& report) {
  const std::string to = errand.request.route.front().target;
  auto peer = neighbours_.find(to);
  if (!peer) return peer.error();
  const auto start = clock_.now();
  const auto sender = std::make_shared<TensorSender>(pace_, errand.request.deadline, memory_);
  const base::Status added = add_tensors(errand, *sender);
  if (!added) return added.error().at(name_);
  errand.request.pieces = sender;
  auto reply = (peer.value()->*call)(errand.request);
  report.exchange_ms = base::Milliseconds(clock_.now() - start).count();
  report.encode_ms = sender->encoding().count();
  report.sent_bytes = sender->sent_bytes();
  if (!reply) return reply.error().at(fmt::format("{} → {}", name_, to));
  return reply;
}

}  // namespace tandem::agent
