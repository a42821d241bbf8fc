#include "model/tensor_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_files.h"
#include "model/test_models.h"

namespace tandem::model {
namespace {

using base::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

class TensorFile : public testing::Test {
 protected:
  TensorFile() {
    proto_.set_name("x");
    proto_.set_data_type(onnx::TensorProto::INT64);
    proto_.add_dims(2);
    proto_.add_int64_data(7);
    proto_.add_int64_data(-1);
  }
  std::filesystem::path written() const {
    base::write_file(folder_ / "x.pb", proto_.SerializeAsString());
    return folder_ / "x.pb";
  }

  base::TemporaryFolder folder_;
  onnx::TensorProto proto_;
};

TEST_F(TensorFile, HoldsANamedTensor) {
  const auto tensor = read_tensor_file(written());
  EXPECT_EQ(tensor.name, "x");
  EXPECT_EQ(tensor.tensor.shape(), base::Shape{2});
  EXPECT_THAT(tensor.tensor.values<std::int64_t>(), ElementsAre(7, -1));
}

TEST_F(TensorFile, IsRefusedUnlessItIsOne) {
  base::write_file(folder_ / "no.pb", "no tensor");
  EXPECT_THAT(message_of([&] { read_tensor_file(folder_ / "no.pb"); }), HasSubstr("no.pb: not a tensor"));
  proto_.add_dims(2);
  EXPECT_THAT(message_of([&] { read_tensor_file(written()); }), HasSubstr("x.pb: 2 elements of data, expected 4"));
  proto_.set_data_type(onnx::TensorProto::STRING);
  EXPECT_THAT(message_of([&] { read_tensor_file(written()); }), HasSubstr("x.pb: weights of string"));
}

}  // namespace
}  // namespace tandem::model
