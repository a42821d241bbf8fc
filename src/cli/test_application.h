// Command lines run in this process, for tests of cli/: what they print, and their exit codes. Private to cli/.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/test_files.h"
#include "cli/application.h"
#include "workspace/hosted_agent.h"

namespace tandem::cli {

struct Outcome {
  int code = 0;
  std::string output;
  std::string errors;
};

inline Outcome run(const std::vector<std::string>& words) {
  std::vector<const char*> arguments = {"tandem"};
  for (const auto& word : words) arguments.push_back(word.c_str());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = run_application(static_cast<int>(arguments.size()), arguments.data());
  outcome.output = testing::internal::GetCapturedStdout();
  outcome.errors = testing::internal::GetCapturedStderr();
  return outcome;
}

// The output of a command that must succeed.
inline std::string output_of(const std::vector<std::string>& words) {
  const Outcome outcome = run(words);
  EXPECT_EQ(outcome.code, 0) << fmt::format("tandem {}: {}", fmt::join(words, " "), outcome.errors);
  return outcome.output;
}

// A folder of the test's own with a cost store in it.
class CommandTest : public testing::Test {
 protected:
  CommandTest() { ::setenv("TANDEM_STORE", (folder / "costs.db").c_str(), 1); }

  // lenet5.onnx, 13 layers.
  std::string model() const {
    const std::string path = folder / "lenet5.onnx";
    if (!std::filesystem::exists(path)) output_of({"zoo", "export", "lenet5", "-o", path});
    return path;
  }
  base::TemporaryFolder folder;
};

// The same with a device in this process, and an edge that listens on loopback.
class FleetTest : public CommandTest {
 protected:
  FleetTest() {
    folder.write("fleet.yaml", fmt::format("targets:\n"
                                           "- {{name: device, tier: device}}\n"
                                           "- {{name: edge, tier: edge, address: \"127.0.0.1:{}\"}}\n"
                                           "links:\n"
                                           "- {{from: device, to: edge}}\n",
                                           edge.server().port()));
  }

  std::string fleet() const { return folder / "fleet.yaml"; }
  // These words, then the fleet.
  std::vector<std::string> over_fleet(std::vector<std::string> words) const {
    words.insert(words.end(), {"--fleet", fleet()});
    return words;
  }
  std::string profile(const std::string& path) const {
    return output_of(over_fleet({"profile", path, "--precision", "50", "--longest", "20ms"}));
  }

  workspace::HostedAgent edge{{.listen = "127.0.0.1:0", .name = "edge", .is_in_memory = true, .threads = 1}};
};

}  // namespace tandem::cli
