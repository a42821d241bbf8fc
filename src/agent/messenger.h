// Sends tensors to the targets that links lead to, and takes their replies. Thread-safe. Private to agent/.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/codec_store.h"
#include "agent/encoding.h"
#include "agent/neighbours.h"
#include "agent/pace.h"
#include "agent/part_runner.h"
#include "agent/transfer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory_budget.h"
#include "rpc/messages.h"

namespace tandem::agent {

// A request for another target, without its tensors; they are encoded as it is sent.
struct Errand {
  rpc::RunRequest request;
  std::vector<base::NamedTensor> tensors;
  std::vector<std::string> codecs;  // as in rpc::Hop
  // Of those tensors that other errands carry, too, by name and codec.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Encoding>> encodings = {};
};

// The tensors of these names. Fails with InvalidInput where one is missing.
base::Result<std::vector<base::NamedTensor>> pick(const std::vector<std::string>& names, const TensorByName& tensors);

// For the rest of a request: the tensors of these names go along this route. Fails as pick() does.
base::Result<Errand> errand_for(const rpc::RunRequest& request, std::vector<rpc::Hop> route,
                                const std::vector<std::string>& names, const std::vector<std::string>& codecs,
                                const TensorByName& tensors);

class Messenger {
 public:
  // `name`: of this target, for messages. All of them must outlive it.
  Messenger(std::string name, Neighbours& neighbours, CodecStore& codecs, const Pace& pace, base::SharedBudget memory,
            base::Clock& clock);

  // Fills in the exchange, the encoding and the bytes sent of the report. Fails with Refused where no link leads to the
  // target, NotFound for an unknown codec, Unsupported for a tensor that its codec does not take, and as
  // rpc::Peer::run does.
  base::Result<rpc::RunReply> run(Errand errand, rpc::HopReport& report);
  // The same for a deposit: its exchange ends once the target holds it, and the call once a request has come for it.
  base::Result<rpc::RunReply> deposit(Errand errand, rpc::HopReport& report);

  // Has what several of these errands carry in the same encoding encoded once. Fails with NotFound and Unsupported as
  // run() does.
  base::Status share_encodings(std::vector<Errand>& errands);

 private:
  using Call = base::Result<rpc::RunReply> (rpc::Peer::*)(const rpc::RunRequest&);

  base::Result<rpc::RunReply> send(Call call, Errand errand, rpc::HopReport& report);
  base::Status add_tensors(Errand& errand, TensorSender& sender);

  const std::string name_;
  Neighbours& neighbours_;
  CodecStore& codecs_;
  const Pace pace_;
  const base::SharedBudget memory_;
  base::Clock& clock_;
};

}  // namespace tandem::agent
