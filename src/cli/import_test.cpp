#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "cli/test_application.h"

namespace tandem::cli {
namespace {

using testing::HasSubstr;

class Import : public CommandTest {
 protected:
  Import() {
    folder.write("blocks.csv",
                 "system,model,block,first_layer,last_layer,seconds,output_npy_bytes\n"
                 "device-pi,net,0,0,1,0.5,1000\ndevice-pi,net,1,2,5,0.25,70000\n"
                 "cloud-gpu,net,0,0,1,0.01,1000\ncloud-gpu,net,1,2,5,0.02,70000\n");
    folder.write("net.csv", "source,destination,ping(ms),bandwidth(mbps)\npi,gpu,40,1.6\n");
  }
  std::vector<std::string> words(const std::string& network) const {
    return {"import", "scission", folder / "blocks.csv", folder / network, "-o", folder / "problem.json"};
  }
};

TEST_F(Import, WritesAProblemThatPlanTakes) {
  const std::string text = output_of(words("net.csv"));
  EXPECT_THAT(text, HasSubstr("problem.json: net, 2 blocks, 2 targets, 1 link, objective latency\n"));
  EXPECT_THAT(text, HasSubstr("not in the problem: the answer's way back"));
  EXPECT_THAT(output_of({"plan", "--problem", folder / "problem.json"}), HasSubstr("device-pi 0–1 → cloud-gpu 2–5"));
}

TEST_F(Import, PrintsJson) {
  auto all = words("net.csv");
  all.emplace_back("--json");
  const auto json = base::parse_json(output_of(all), "import");
  EXPECT_EQ(json["model"], "net");
  EXPECT_EQ(json["blocks"], 2);
  EXPECT_EQ(json["lost"].size(), 1);
}

TEST_F(Import, WritesNothingOfABrokenFile) {
  folder.write("broken.csv", "source,destination,ping(ms),bandwidth(mbps)\npi,gpu,40,fast\n");
  const Outcome outcome = run(words("broken.csv"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("broken.csv, line 2: bandwidth(mbps): expected a number"));
  EXPECT_FALSE(std::filesystem::exists(folder / "problem.json"));
}

}  // namespace
}  // namespace tandem::cli
