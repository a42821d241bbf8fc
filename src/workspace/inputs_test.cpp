#include "workspace/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "base/test_files.h"
#include "input/encode_image.h"
#include "input/npy.h"
#include "model/builder.h"
#include "model/test_models.h"
#include "workspace/pictures.h"
#include "workspace/test_models.h"

namespace tandem::workspace {
namespace {

using testing::HasSubstr;

// A picture of one red pixel, and an array, both for described_model().
class Inputs : public testing::Test {
 protected:
  Inputs() {
    std::vector<std::byte> png;
    input::append_png(
        base::Tensor::of<unsigned char>({base::ElementType::UInt8, {1, 1, 3}}, std::array<unsigned char, 3>{255, 0, 0}),
        png);
    folder_.write("red.png", std::string_view(reinterpret_cast<const char*>(png.data()), png.size()));
    input::write_npy(folder_ / "x.npy", base::Tensor::allocate({base::ElementType::Float32, {1, 3, 4, 4}}));
  }

  base::Tensor read(const std::string& file, const input::PictureOptions& pictures = {}) {
    testing::internal::CaptureStderr();
    const auto inputs = given_inputs({.files = {folder_ / file}, .pictures = pictures}, described_model());
    said_ = testing::internal::GetCapturedStderr();
    return inputs.at(0).tensor;
  }

  base::TemporaryFolder folder_;
  std::string said_;
};

TEST_F(Inputs, TakePicturesAsTheModelSays) {
  const auto tensor = read("red.png");
  EXPECT_THAT(tensor.values<float>().first(16),
              testing::ElementsAre(0, 0, 0, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0));
  EXPECT_EQ(said_, "");
}

TEST_F(Inputs, WarnOfAFlagThatContradictsTheModel) {
  const auto tensor = read("red.png", {.pixels = input::PixelFormat::Unit});
  EXPECT_EQ(tensor.values<float>()[5], 1);
  EXPECT_THAT(said_, HasSubstr("m.onnx says that its pictures are none, 2x2"));
  EXPECT_THAT(said_, HasSubstr("say unit, 2x2"));
}

TEST_F(Inputs, AreSilentAboutArrays) {
  (void)read("x.npy", {.pixels = input::PixelFormat::Unit});
  EXPECT_EQ(said_, "");
}

// Models that add inputs of these names, and a file for each.
class NamedInputs : public testing::Test {
 protected:
  NamedInputs() {
    for (const char* name : {"a", "b", "a=b"}) {
      input::write_npy(folder_ / (std::string(name) + ".npy"),
                       base::Tensor::of<float>({base::ElementType::Float32, {2}}, std::array{1.f, 2.f}));
    }
  }
  static model::Model model_with(std::vector<std::string> names) {
    model::GraphBuilder builder("named");
    for (const auto& name : names) builder.input(name, {base::ElementType::Float32, {2}});
    builder.node("Sum", names, {}, "y");
    builder.output("y", {base::ElementType::Float32, {2}});
    return model::Model(model::Source::from_part(builder.finish(), "named.onnx"),
                        {{"y", {base::ElementType::Float32, {2}}}});
  }
  std::vector<std::string> read(const std::vector<std::string>& files, std::vector<std::string> names) const {
    std::vector<std::string> read;
    for (const auto& input : given_inputs({.files = files, .pictures = {}}, model_with(std::move(names))))
      read.push_back(input.name);
    return read;
  }
  std::string message_of(const std::vector<std::string>& files, std::vector<std::string> names) const {
    try {
      (void)read(files, std::move(names));
      return "no error";
    } catch (const base::Error& error) {
      return error.message();
    }
  }
  std::string path(const std::string& name) const { return folder_ / name; }

  base::TemporaryFolder folder_;
};

TEST_F(NamedInputs, AreEachGivenOnce) {
  EXPECT_THAT(read({"b=" + path("b.npy"), "a=" + path("a.npy")}, {"a", "b"}), testing::ElementsAre("b", "a"));
  EXPECT_EQ(message_of({"a=" + path("a.npy"), "a=" + path("b.npy")}, {"a", "b"}), "--input: two files for input 'a'");
  EXPECT_EQ(message_of({path("a.npy"), path("b.npy")}, {"a"}), "--input: two files for input 'a'");
  EXPECT_EQ(message_of({"a=" + path("a.npy")}, {"a", "b"}), "--input: no file for input 'b'");
}

TEST_F(NamedInputs, TheLongestNameIsMeant) {
  EXPECT_THAT(read({"a=b=" + path("a.npy"), "a=" + path("a=b.npy")}, {"a", "a=b"}), testing::ElementsAre("a=b", "a"));
}

TEST_F(NamedInputs, APathWithAnEqualsSignIsAPathIfItExists) {
  EXPECT_THAT(read({path("a=b.npy")}, {"x"}), testing::ElementsAre("x"));
  EXPECT_THAT(message_of({path("no=b.npy")}, {"x"}), HasSubstr("no', expected one of: x; and there is no file '"));
}

TEST_F(NamedInputs, ADefaultIsReplacedWhereAFileIsGiven) {
  model::TestModel test;
  test.input("x", {2}).input("w", {2}).output("y").node("Mul", {"x", "w"}, {"y"});
  test.weight("w", {2});
  const model::Source source = test.source();
  const std::vector<std::string> files = {"w=" + path("a.npy"), "x=" + path("b.npy")};
  const model::Model model(with_given_defaults(source, files), {});
  EXPECT_NE(model.digest(), model::Model(source, {}).digest());
  const auto inputs = given_inputs({.files = files, .pictures = {}}, model);
  ASSERT_THAT(inputs, testing::SizeIs(1));
  EXPECT_EQ(inputs[0].name, "x");
  EXPECT_THROW(with_given_defaults(source, {files[0], files[0]}), base::Error);
}

TEST_F(NamedInputs, RoundFloatsToBfloat16) {
  model::GraphBuilder builder("bfloat16");
  builder.input("x", {base::ElementType::BFloat16, {5}});
  builder.node("Identity", {"x"}, {}, "y");
  builder.output("y", {base::ElementType::BFloat16, {5}});
  const model::Model model(model::Source::from_part(builder.finish(), "m.onnx"), {});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::array values = {1.f, 1 + 0x1p-8f, 1 + 3 * 0x1p-8f, -0x1.fffffep127f, nan};
  input::write_npy(folder_ / "x.npy", base::Tensor::of<float>({base::ElementType::Float32, {5}}, values));
  const auto input = given_inputs({.files = {path("x.npy")}, .pictures = {}}, model).at(0).tensor;
  const auto bits = input.values<std::uint16_t>();
  EXPECT_EQ(base::bfloat16_to_float(bits[0]), 1.f);
  EXPECT_EQ(base::bfloat16_to_float(bits[1]), 1.f);              // a tie, to even
  EXPECT_EQ(base::bfloat16_to_float(bits[2]), 1 + 4 * 0x1p-8f);  // a tie, to even
  EXPECT_EQ(base::bfloat16_to_float(bits[3]), -INFINITY);        // beyond the largest
  EXPECT_TRUE(std::isnan(base::bfloat16_to_float(bits[4])));
}

TEST_F(Inputs, AreThoseOfTheProfileWhereNoneAreNamed) {
  store::Store store(folder_ / "costs.db");
  const auto model = described_model();
  EXPECT_TRUE(choose_inputs({}, model, store).are_made_up);
  const auto kept = base::Tensor::of<float>({base::ElementType::Float32, {1, 3, 4, 4}}, std::vector<float>(48, 7));
  store.remember_inputs(model.digest(), {{"x", kept}});
  const auto chosen = choose_inputs({}, model, store);
  EXPECT_FALSE(chosen.are_made_up);
  EXPECT_EQ(chosen.tensors.at(0).tensor.values<float>()[0], 7);
  EXPECT_NE(choose_inputs({.files = {folder_ / "red.png"}}, model, store).tensors.at(0).tensor.values<float>()[0], 7);
}

TEST_F(Inputs, ExplainAnEnginesRefusalOnlyIfTheyAreMadeUp) {
  const base::Error refusal(base::ErrorKind::Internal, "out of bounds");
  const auto model = described_model();
  EXPECT_EQ(choose_inputs({}, model).explain(refusal, model).message(),
            "m.onnx: cannot run on made-up values; give real ones: --input FILE (float32 1x3x4x4): out of bounds");
  EXPECT_EQ(choose_inputs({}, model).explain(refusal, model).kind(), base::ErrorKind::InvalidInput);
  EXPECT_EQ(workspace::Inputs{}.explain(refusal, model).message(), "out of bounds");
  const base::Error lost(base::ErrorKind::Unavailable, "connection lost");
  EXPECT_EQ(choose_inputs({}, model).explain(lost, model).message(), "connection lost");
}

TEST(ClassNames, OfDataAreComparedWithTheModels) {
  EXPECT_EQ(note_on_classes({"cat", "dog"}, {"cat", "dog", "fox"}), "");
  EXPECT_EQ(note_on_classes({}, {"cat"}), "");
  EXPECT_EQ(note_on_classes({"cat", "fox"}, {"cat", "dog"}),
            "class 1 is 'fox' in the data, 'dog' in the model: classes are compared by their numbers");
}

TEST(ClassOutputs, AreExitsAndThoseThatASoftmaxMakes) {
  const base::TensorType vector{base::ElementType::Float32, {1, 4}};
  model::GraphBuilder builder("outputs");
  builder.input("x", vector);
  builder.node("Relu", {"x"}, {}, "exit");
  builder.node("Tanh", {"exit"}, {}, "embedding");
  builder.node("Softmax", {"embedding"}, {}, "probabilities");
  builder.node("Identity", {"probabilities"}, {}, "answer");
  for (const char* name : {"exit", "embedding", "answer"}) builder.output(name, vector);
  builder.metadata("tandem.exits", "exit");
  const model::Model model(model::Source::from_part(builder.finish(), "m.onnx"),
                           {{"exit", vector}, {"embedding", vector}, {"probabilities", vector}, {"answer", vector}});
  EXPECT_EQ(class_outputs(model), (std::set<std::string>{"answer", "exit"}));
}

TEST(ClassNames, AreThoseOfTheModel) {
  EXPECT_EQ(class_names(described_model()), (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(input::name_of_values(described_pictures(described_model()).value()), "none");
}

}  // namespace
}  // namespace tandem::workspace
