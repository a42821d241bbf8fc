// The paths of Tandem's methods (docs/wire.md). Private to rpc/ and tests/attacks/.
#pragma once

namespace tandem::rpc {

inline constexpr const char* kRunMethod = "/tandem.v1.Agent/Run";
inline constexpr const char* kDepositMethod = "/tandem.v1.Agent/Deposit";
inline constexpr const char* kEchoMethod = "/tandem.v1.Agent/Echo";
inline constexpr const char* kDescribeMethod = "/tandem.v1.Agent/Describe";
inline constexpr const char* kMissingMethod = "/tandem.v1.Agent/Missing";
inline constexpr const char* kUploadMethod = "/tandem.v1.Agent/Upload";
inline constexpr const char* kLoadMethod = "/tandem.v1.Agent/Load";
inline constexpr const char* kMeasureMethod = "/tandem.v1.Agent/Measure";
inline constexpr const char* kProbeMethod = "/tandem.v1.Agent/Probe";
inline constexpr const char* kHealthMethod = "/grpc.health.v1.Health/Check";

}  // namespace tandem::rpc
