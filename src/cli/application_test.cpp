#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "cli/test_application.h"
#include "model/builder.h"
#include "model/model.h"
#include "wire/certificates.h"

namespace tandem::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(Application, DescribesEverySubcommandWithAnExample) {
  const std::vector<std::vector<std::string>> commands = {{"inspect"},       {"extract"},
                                                          {"zoo"},           {"zoo", "list"},
                                                          {"zoo", "export"}, {"train"},
                                                          {"verify"},        {"agent"},
                                                          {"profile"},       {"profile", "export"},
                                                          {"plan"},          {"profile", "import"},
                                                          {"run"},           {"exits"},
                                                          {"exits", "add"},  {"exits", "report"},
                                                          {"codec"},         {"codec", "list"},
                                                          {"codec", "tune"}, {"codec", "show"},
                                                          {"bench"},         {"link"},
                                                          {"certs"},         {"completion"}};
  for (auto words : commands) {
    const std::string name = fmt::format("tandem {}", fmt::join(words, " "));
    const std::size_t depth = words.size();
    words.emplace_back("--help");
    const std::string help = output_of(words);
    EXPECT_THAT(help, HasSubstr("Usage: " + name)) << name;
    if (depth == 1) {
      EXPECT_THAT(help, HasSubstr("\nExample:\n  ")) << name;
    }
  }
}

TEST(Application, ListsSubcommandsAndExitCodes) {
  const std::string help = output_of({"--help"});
  for (const char* name : {"inspect", "plan", "run", "completion"}) EXPECT_THAT(help, HasSubstr(name));
  EXPECT_THAT(help, HasSubstr("Exit codes: 0 done; 1 a check failed"));
  EXPECT_THAT(output_of({"--version"}), testing::MatchesRegex("tandem [0-9.]+\n"));
}

TEST(Application, ExitsWithTwoOnWrongUsage) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"frobnicate"},
      {"zoo"},
      {"inspect"},
      {"inspect", "a.onnx", "--frobnicate"},
      {"inspect", "a.onnx", "--threads", "-1"},
      {"extract", "a.onnx", "--first", "0"},
      {"agent"},
      {"agent", "--listen", "127.0.0.1:0", "--slowdown", "0.5"},
      {"completion", "csh"},
      {"profile"},
      {"profile", "a.onnx"},
      {"profile", "a.onnx", "b.onnx", "--fleet", "fleet.yaml", "--report", "page.html"},
      {"profile", "a.onnx", "--fleet", "fleet.yaml", "--precision", "0"},
      {"plan"},
      {"plan", "a.onnx"},
      {"plan", "--problem", "problem.json", "--verify", "2"},
      {"plan", "--problem", "problem.json", "--picture", "plan.pdf"},
      {"plan", "--problem", "problem.json", "--top", "0"},
      {"plan", "--problem", "problem.json", "--front", "latency"},
      {"run", "a.onnx", "--fleet", "fleet.yaml", "--live"},
      {"run", "a.onnx", "--fleet", "fleet.yaml", "--runs", "0"},
      {"run", "a.onnx", "--fleet", "fleet.yaml", "--pixels", "sepia"},
      {"run", "a.onnx", "--fleet", "fleet.yaml", "--preset", "sepia"},
      {"bench", "a.onnx"},
      {"bench", "a.onnx", "--fleet", "fleet.yaml", "--report", "bench.pdf"},
      {"codec", "tune", "a.onnx", "--data", "d", "--losses", "101"},
      {"exits", "report", "a.onnx", "--data", "d", "--loss", "-1"},
      {"train", "a.onnx", "--data", "d", "-o", "b.onnx", "--mode", "all"},
      {"link"},
      {"certs"}};
  for (const auto& words : wrong) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 2) << fmt::format("tandem {}", fmt::join(words, " "));
    EXPECT_NE(outcome.errors, "");
  }
}

TEST(Application, ReportsAnErrorInOneLine) {
  const Outcome outcome = run({"-v", "inspect", "/nowhere/model.onnx"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_EQ(outcome.output, "");
  EXPECT_THAT(outcome.errors, testing::StartsWith("tandem: /nowhere/model.onnx: cannot open"));
}

TEST(Application, CompletesSubcommandsAndFlags) {
  const std::string bash = output_of({"completion", "bash"});
  EXPECT_THAT(bash, HasSubstr("'tandem zoo') words='list export"));
  EXPECT_THAT(bash, ContainsRegex("'tandem exits add'\\) words='.*--count"));
  EXPECT_THAT(bash, ContainsRegex("'tandem run'\\) words='.*--pixels"));
  EXPECT_THAT(bash, Not(ContainsRegex("'tandem train'\\) words='[^']*--preset")));  // a flag that is not shown
  EXPECT_THAT(bash, HasSubstr("complete -o default -F _tandem tandem"));
  EXPECT_EQ(output_of({"completion", "zsh"}), "autoload -U +X bashcompinit && bashcompinit\n" + bash);
  const std::string fish = output_of({"completion", "fish"});
  EXPECT_THAT(fish, HasSubstr("'__fish_seen_subcommand_from codec' -a 'tune'"));
  EXPECT_THAT(fish, HasSubstr("'__fish_seen_subcommand_from plan' -l deadline"));
}

using ModelCommands = CommandTest;

TEST_F(ModelCommands, InspectListsLayersAndCuts) {
  const std::string text = output_of({"inspect", model()});
  EXPECT_THAT(text, ContainsRegex("layer +name +operator +output +MACs +parameters +cut after +tensors"));
  EXPECT_THAT(text, ContainsRegex("0 +.* +Conv +"));
  EXPECT_THAT(text, HasSubstr("lenet5.onnx: 13 layers, "));
  const auto json = base::parse_json(output_of({"inspect", model(), "--json"}), "inspect");
  EXPECT_EQ(json["layers"].size(), 13u);
  EXPECT_EQ(json["cuts"].size(), 12u);
  EXPECT_EQ(json["inputs"][0]["type"], "float32");
}

TEST_F(ModelCommands, InspectShowsWhatTheMetadataSays) {
  EXPECT_THAT(output_of({"inspect", model()}), Not(HasSubstr("pictures:")));
  const std::string named = folder / "named.onnx";
  model::GraphBuilder builder(model::Source::read(model()));
  builder.metadata(model::kInputKey, R"({"channels": "grey", "scale": 1, "mean": [0], "deviation": [1]})");
  builder.metadata(model::kLabelsKey, R"(["a", "b", "c", "d", "e", "f"])");
  model::write_onnx(builder.finish(), named);
  EXPECT_THAT(output_of({"inspect", named}),
              HasSubstr("pictures: none, 28x28, crop, nchw, grey\n6 classes: a, b, c, d, e, …\n"));
  const auto json = base::parse_json(output_of({"inspect", named, "--json"}), "inspect");
  EXPECT_EQ(json["pictures"]["height"], 28);
  EXPECT_EQ(json["labels"][5], "f");
}

TEST_F(ModelCommands, RefuseBadMetadataInOneLine) {
  const std::string bad = folder / "bad.onnx";
  model::GraphBuilder builder(model::Source::read(model()));
  builder.metadata(model::kInputKey, R"({"scale": "large"})");
  model::write_onnx(builder.finish(), bad);
  const Outcome outcome = run({"inspect", bad, "--json"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors,
              HasSubstr("bad.onnx: metadata tandem.input: scale: expected a number, found \"large\"\n"));
}

TEST_F(ModelCommands, ExtractWritesAStage) {
  const std::string stage = folder / "stage.onnx";
  output_of({"extract", model(), "--first", "3", "--last", "5", "-o", stage});
  EXPECT_THAT(output_of({"inspect", stage}), HasSubstr("stage.onnx: 3 layers"));
}

TEST_F(ModelCommands, ExtractTakesScalesByHand) {
  const std::string stage = folder / "stage.onnx";
  const auto json = base::parse_json(output_of({"inspect", model(), "--json"}), "inspect");
  const std::string input = json["inputs"][0]["name"];
  output_of({"extract", model(), "--first", "0", "--last", "5", "-o", stage, "--quantized-inputs", "--quantize",
             input + "=0.05,3"});
  EXPECT_THAT(output_of({"inspect", stage, "--json"}), HasSubstr(input + "_uint8"));
  const Outcome refused =
      run({"extract", model(), "--first", "0", "--last", "5", "-o", stage, "--quantize", input + "=0.05"});
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.errors, HasSubstr("expected TENSOR=SCALE,ZERO, such as relu1=0.05,3"));
}

TEST_F(ModelCommands, ZooListsArchitectures) {
  EXPECT_THAT(output_of({"zoo", "list"}), ContainsRegex("lenet5 +[0-9]+ +1x1x28x28"));
  const auto json = base::parse_json(output_of({"zoo", "list", "--json"}), "zoo");
  EXPECT_GT(json[0]["parameters"], 0);
  EXPECT_THAT(base::read_file(TANDEM_SOURCE_DIR "/docs/guide/commands.md", 1 << 20),
              HasSubstr(fmt::format("| {} reference architectures", json.size())));
}

TEST_F(ModelCommands, VerifyFailsBeyondTheTolerance) {
  EXPECT_THAT(output_of({"verify", model(), "--several", "0"}),
              ContainsRegex("lenet5.onnx: [0-9]+ of 12 cuts .*: equal"));
  const Outcome failed = run({"verify", model(), "--tolerance", "-1"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.output, HasSubstr("NOT equal within -1"));
  const Outcome json = run({"verify", model(), "--tolerance", "-1", "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(base::parse_json(json.output, "verify")["is_equal"], false);
  EXPECT_TRUE(base::parse_json(json.output, "verify")["worst_position"].is_number());
}

TEST_F(ModelCommands, VerifySaysHowTheCutsWereChecked) {
  EXPECT_THAT(output_of({"verify", model()}), HasSubstr("12 of 12 cuts checked (12 of one tensor) in one run of"));
  EXPECT_THAT(run({"verify", model(), "--tolerance", "-1"}).output,
              ContainsRegex("in 23 splits, .* at the cut before layer [0-9]+, of the whole"));
  const auto json = base::parse_json(output_of({"verify", model(), "--json"}), "verify");
  EXPECT_EQ(json["splits"], 1);
  EXPECT_TRUE(json["worst_position"].is_null());
}

TEST_F(ModelCommands, VerifySaysThatNothingCanBeProvenOfARandomModel) {
  const base::TensorType type{base::ElementType::Float32, {1, 4}};
  model::GraphBuilder builder("random");
  builder.input("x", type);
  builder.node("RandomNormalLike", {"x"}, {}, "drawn");
  builder.output(builder.node("Add", {"x", "drawn"}, {}, "y"), type);
  const std::string path = folder / "random.onnx";
  model::write_onnx(builder.finish(), path);
  const Outcome outcome = run({"verify", path});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("random.onnx: the model is random, so nothing can be proven"));
  const auto json = base::parse_json(run({"verify", path, "--json"}).output, "verify");
  EXPECT_EQ(json["is_random"], true);
  EXPECT_EQ(json["is_equal"], false);
  EXPECT_EQ(json["cuts_checked"], 0);
}

TEST_F(ModelCommands, VerifySaysHowMuchTheModelDiffersFromItself) {
  EXPECT_THAT(output_of({"verify", model(), "--several", "0"}), HasSubstr("of the whole from itself unoptimised "));
  const auto json = base::parse_json(output_of({"verify", model(), "--json"}), "verify");
  EXPECT_GE(json["own_relative_difference"], 0);
  EXPECT_LT(json["own_relative_difference"], 1e-4);
  EXPECT_EQ(json["is_random"], false);
}

TEST_F(ModelCommands, TakeShapesOnlyAsNameAndNumbers) {
  const Outcome outcome = run({"inspect", model(), "--shape", "1x1x28x28"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("--shape 1x1x28x28: expected NAME=SHAPE, such as input=1x3x224x224"));
  EXPECT_THAT(run({"inspect", model(), "--shape", "imag=1x1x28x28"}).errors,
              ContainsRegex("--shape names input 'imag', expected one of: [a-z]+"));
}

using Certs = CommandTest;

TEST_F(Certs, MakesOnlyWhatIsMissing) {
  folder.write("fleet.yaml", "targets:\n- {name: device, tier: device}\n");
  const std::string certs = folder / "certs";
  EXPECT_THAT(output_of({"certs", certs, "edge"}),
              ContainsRegex("edge.pem  agent  serial [0-9a-f]+\nGive each machine ca.pem"));
  const std::string more = output_of({"certs", certs, "edge", "--fleet", folder / "fleet.yaml"});
  EXPECT_THAT(more, HasSubstr("device.pem"));
  EXPECT_THAT(more, HasSubstr("device.pem  operator  serial "));
  EXPECT_THAT(more, Not(HasSubstr("edge.pem")));
  const Outcome nameless = run({"certs", certs});
  EXPECT_EQ(nameless.code, 3);
  EXPECT_THAT(nameless.errors, HasSubstr("no names: give --fleet FILE or the targets' names"));
}

TEST_F(Certs, GiveTheRolesThatAreNamedAndKeepThemWhenRenewed) {
  const std::string certs = folder / "certs";
  EXPECT_THAT(output_of({"certs", certs, "anna", "--role", "caller,operator"}),
              HasSubstr("anna.pem  caller,operator  serial "));
  EXPECT_THAT(output_of({"certs", certs, "anna", "--renew"}), HasSubstr("anna.pem  caller,operator  serial "));
  EXPECT_THAT(output_of({"certs", certs, "anna", "--renew", "--role", "caller"}), HasSubstr("  caller  serial "));
  const Outcome wrong = run({"certs", certs, "bert", "--role", "root"});
  EXPECT_EQ(wrong.code, 3);
  EXPECT_THAT(wrong.errors, HasSubstr("role 'root': expected caller, agent or operator"));
}

TEST_F(Certs, FromBeforeThereWereRolesGetTheDefaultsWhenRenewed) {
  folder.write("fleet.yaml",
               "targets:\n- {name: device, tier: device}\n- {name: edge, tier: edge, address: \"x:1\"}\n");
  wire::make_authority(folder.path() / "certs");
  for (const char* name : {"device", "edge"}) wire::issue_certificate(folder.path() / "certs", name, {.roles = {}});
  const std::string renewed = output_of({"certs", folder / "certs", "--fleet", folder / "fleet.yaml", "--renew"});
  EXPECT_THAT(renewed, ContainsRegex("device.pem  operator  serial [0-9a-f]+\n[^\n]*edge.pem  agent  serial "));
}

TEST_F(Certs, RevokeByNameAndBySerial) {
  const std::string certs = folder / "certs";
  for (const char* flag : {"--role=caller", "--renew"}) output_of({"certs", certs, "anna", flag});
  const std::string revoked = output_of({"certs", "revoke", certs, "anna", "0A:B"});
  EXPECT_THAT(revoked, ContainsRegex("revoked: [0-9a-f]+  anna\nrevoked: [0-9a-f]+  anna\nrevoked: ab  0A:B\n"));
  const std::string list = base::read_file(certs + "/revoked.txt", 1 << 20);
  EXPECT_THAT(list, ContainsRegex("^[0-9a-f]+  # anna\n[0-9a-f]+  # anna\nab\n"));
  EXPECT_EQ(run({"certs", "revoke", certs, "nobody"}).code, 4);
  EXPECT_EQ(run({"certs"}).code, 2);
}

using Agent = CommandTest;

TEST_F(Agent, NeedsACertificateWithItsRole) {
  const std::string certs = folder / "certs";
  output_of({"certs", certs, "edge", "--role", "caller"});
  const Outcome outcome = run({"agent", "--listen", "127.0.0.1:0", "--name", "edge", "--certs", certs});
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.errors,
              HasSubstr("edge.pem: the certificate has the roles: caller; expected: agent. Make another "
                        "one: tandem certs "));
}

TEST_F(Agent, NeedsANameAndAFleetThatHasItsAddress) {
  EXPECT_THAT(run({"agent", "--listen", "127.0.0.1:0"}).errors, HasSubstr("give the agent its name in the fleet"));
  folder.write("fleet.yaml", "targets:\n- {name: device, tier: device}\n");
  const Outcome unknown = run({"agent", "--listen", "127.0.0.1:7101", "--fleet", folder / "fleet.yaml"});
  EXPECT_EQ(unknown.code, 3);
  EXPECT_THAT(unknown.errors, HasSubstr("no target of the fleet file has address 127.0.0.1:7101"));
}

TEST_F(Agent, RefusesWhatIsBeyondLoopbackWithoutTls) {
  const Outcome outcome = run({"agent", "--listen", "0.0.0.0:0", "--name", "edge", "--cache", folder / "weights"});
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.errors, HasSubstr("TLS"));
}

using Link = CommandTest;

TEST_F(Link, RefusesConditionsThatItCannotEmulate) {
  EXPECT_EQ(run({"link", "--to", "127.0.0.1:9", "--bandwidth", "fast"}).code, 3);
  EXPECT_EQ(run({"link", "--to", "127.0.0.1:9", "--trace", folder / "none"}).code, 4);
}

TEST(Codec, ListsCodecs) {
  const std::string text = output_of({"codec", "list"});
  for (const char* name : {"klevel", "int8", "fp16", "png"}) EXPECT_THAT(text, HasSubstr(name));
}

}  // namespace
}  // namespace tandem::cli
