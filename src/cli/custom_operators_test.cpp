// A model with an operator of the user's library goes the whole way, here and over an agent that has the library.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <array>

#include "base/json.h"
#include "cli/test_application.h"
#include "input/npy.h"
#include "model/builder.h"

namespace tandem::cli {
namespace {

using testing::HasSubstr;

class CustomOperators : public FleetTest {
 protected:
  CustomOperators() {
    const base::TensorType type{base::ElementType::Float32, {1, 2}};
    model::GraphBuilder builder("custom");
    builder.input("x", type);
    builder.node("test.tandem::Twice", {"x"}, {}, "twice");
    builder.node("Neg", {"twice"}, {}, "y");
    builder.output("y", type);
    model::write_onnx(builder.finish(), path());
    input::write_npy(folder / "x.npy", base::Tensor::of<float>(type, std::array{1.f, 2.f}));
  }
  std::string path() const { return folder / "m.onnx"; }
  std::vector<std::string> with_library(std::vector<std::string> words) const {
    words.insert(words.end(), {"--custom-ops", TANDEM_TEST_OPERATORS});
    return words;
  }
};

TEST_F(CustomOperators, AreUnsupportedWithoutTheirLibrary) {
  const Outcome outcome = run({"inspect", path()});
  EXPECT_EQ(outcome.code, 5);
  EXPECT_THAT(outcome.errors, HasSubstr("m.onnx: operator 'Twice' of domain 'test.tandem' is not supported"));
  EXPECT_THAT(outcome.errors, HasSubstr("--custom-ops loads a library"));
  EXPECT_EQ(run({"inspect", path(), "--custom-ops", folder / "missing.so"}).code, 4);
}

TEST_F(CustomOperators, AreLoadedFromIt) {
  EXPECT_THAT(output_of(with_library({"inspect", path()})), HasSubstr("2 layers"));
  EXPECT_THAT(output_of(with_library({"verify", path()})), HasSubstr("1 of 1 cuts checked"));
}

TEST_F(CustomOperators, RunAtAnAgentOnlyIfItHasTheLibraryItself) {
  const std::vector<std::string> words = {"profile", path(), "--precision", "50", "--longest", "20ms"};
  const Outcome refused = run(with_library(over_fleet(words)));
  EXPECT_EQ(refused.code, 5);
  EXPECT_THAT(refused.errors,
              testing::ContainsRegex("edge .*: operator 'Twice' of domain 'test.tandem' is not supported"));

  workspace::HostedAgent able({.listen = "127.0.0.1:0",
                               .name = "edge",
                               .is_in_memory = true,
                               .threads = 1,
                               .custom_operators = {TANDEM_TEST_OPERATORS}});
  folder.write("fleet.yaml", fmt::format("targets:\n"
                                         "- {{name: device, tier: device}}\n"
                                         "- {{name: edge, tier: edge, address: \"127.0.0.1:{}\"}}\n",
                                         able.server().port()));
  output_of(with_library(over_fleet(words)));
  const std::vector<std::string> request = {"run",     path(),       "--json", "--input", folder / "x.npy",
                                            "--where", "on 0-1 edge"};
  const auto json = base::parse_json(output_of(with_library(over_fleet(request))), "run");
  EXPECT_EQ(json["outputs"][0]["values"], (base::Json{-2, -4}));
  EXPECT_EQ(json["hops"].back()["target"], "edge");
}

}  // namespace
}  // namespace tandem::cli
