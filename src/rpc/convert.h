// Between the plain structs of rpc/messages.h and the protobuf messages of agent.proto. Private to rpc/.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rpc/limits.h"
#include "rpc/messages.h"

namespace tandem::v1 {
class Digests;
class LinkReport;
class MeasureReply;
class MeasureRequest;
class PartOffer;
class TargetDescription;
}  // namespace tandem::v1

namespace tandem::rpc {

struct FieldLimit;

v1::TargetDescription to_message(const TargetDescription& description);
v1::PartOffer to_message(const PartOffer& part);
v1::MeasureRequest to_message(const MeasureRequest& request);
v1::MeasureReply to_message(const MeasureReply& reply);
v1::LinkReport to_message(const LinkReport& report);
v1::Digests to_message(const std::vector<std::string>& digests);

// These throw Error(InvalidInput) or Error(ResourceExhausted) on values outside their ranges or limits.
TargetDescription from_message(const v1::TargetDescription& message, const Limits& limits);
PartOffer from_message(const v1::PartOffer& message, const Limits& limits);
MeasureRequest from_message(const v1::MeasureRequest& message, const Limits& limits);
MeasureReply from_message(const v1::MeasureReply& message, const Limits& limits);
LinkReport from_message(const v1::LinkReport& message, const Limits& limits);
std::vector<std::string> from_message(const v1::Digests& message);

// How often each repeated field of a control message may occur.
std::span<const FieldLimit> part_offer_limits();
std::span<const FieldLimit> measure_request_limits();
std::span<const FieldLimit> measure_reply_limits();
std::span<const FieldLimit> digests_limits();
std::span<const FieldLimit> link_report_limits();

}  // namespace tandem::rpc
