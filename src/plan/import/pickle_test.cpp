#include "plan/import/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "plan/import/test_import.h"

namespace tandem::plan {
namespace {

using testing::HasSubstr;

// {'net': [LayerBenchmark, LayerBenchmark]} as Python writes it, by protocol.
constexpr std::string_view kProtocol2 =
    "80027d710058030000006e657471015d710228635f5f6d61696e5f5f0a4c6179657242656e63686d61726b0a7103298171047d710528580500"
    "00"
    "006d6f64656c71066801580b000000696e7075745f6c6179657271074b00580c0000006f75747075745f6c6179657271084b01581100000073"
    "65"
    "636f6e645f70726564696374696f6e7109473fe0000000000000580b0000006f75747075745f73697a65710a4de803756268032981710b7d71"
    "0c"
    "28680668016807 4b0268084b056809473fd0000000000000680a4a7011010075626573 2e";
constexpr std::string_view kProtocol4 =
    "800495b5000000000000007d948c036e6574945d94288c085f5f6d61696e5f5f948c0e4c6179657242656e63686d61726b949394298194 "
    "7d9428"
    "8c056d6f64656c9468018c0b696e7075745f6c61796572944b008c0c6f75747075745f6c61796572944b018c117365636f6e645f7072656469"
    "63"
    "74696f6e94473fe00000000000008c0b6f75747075745f73697a65944de803756268052981947d9428680868016809 "
    "4b02680a4b05680b473fd0"
    "000000000000680c4a70110100756265732e";
constexpr std::string_view kProtocol0 =
    "(dp0\nVnet\np1\n(lp2\nccopy_reg\n_reconstructor\np3\n(c__main__\nLayerBenchmark\np4\nc__builtin__"
    "\nobject\np5\nNtp6\n"
    "Rp7\n(dp8\nVmodel\np9\ng1\nsVinput_layer\np10\nI0\nsVoutput_layer\np11\nI1\nsVsecond_prediction\np12\nF0.5\n"
    "sVoutput_size\np13\nI1000\nsbag3\n(g4\ng5\nNtp14\nRp15\n(dp16\ng9\ng1\nsg10\nI2\nsg11\nI5\nsg12\nF0.25\n"
    "sg13\nI70000\nsbas.";

std::string without_blanks(std::string_view hex) {
  std::string dense;
  for (const char each : hex) dense += each == ' ' ? "" : std::string(1, each);
  return dense;
}

std::string complaint(const std::string& bytes) {
  return base::message_of([&] { read_pickle({"x.dat", bytes}); });
}

TEST(Pickle, ReadsObjectsOfEveryProtocolAsTheirMembers) {
  const std::string expected =
      R"({"net":[{"model":"net","input_layer":0,"output_layer":1,"second_prediction":0.5,"output_size":1000},)"
      R"({"model":"net","input_layer":2,"output_layer":5,"second_prediction":0.25,"output_size":70000}]})";
  for (const auto& bytes :
       {bytes_of(without_blanks(kProtocol2)), bytes_of(without_blanks(kProtocol4)), std::string(kProtocol0)})
    EXPECT_EQ(read_pickle({"x.dat", bytes}).dump(), expected);
}

TEST(Pickle, NeverReadsBeyondItsEnd) {
  const std::string whole = bytes_of(without_blanks(kProtocol4));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_THAT(complaint(whole.substr(0, length)), HasSubstr("x.dat, byte ")) << length;
}

TEST(Pickle, RefusesCodeSharedListsAndDepth) {
  EXPECT_THAT(complaint("i__main__\nrun\n."), HasSubstr("opcode 0x69, expected plain data"));
  EXPECT_THAT(complaint("]q\x01h\x01\x86."), HasSubstr("a list or an object stands in two places"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += ']';
  for (int i = 0; i < 99'999; ++i) deep += 'a';
  EXPECT_THAT(complaint(deep + "."), HasSubstr("nested deeper than 64 levels"));
  EXPECT_THAT(complaint("X\xff\xff\xff\xff."), HasSubstr("4294967295 more bytes are needed, found 1"));
}

TEST(Pickle, BoundsTheTextsThatItRepeats) {
  std::string bomb = "(X";
  bomb += bytes_of("00001000") + std::string(1u << 20, 'x') + bytes_of("7101");  // 1 MiB, kept
  for (int i = 0; i < 100; ++i) bomb += "h\x01";
  EXPECT_THAT(complaint(bomb + "t."), HasSubstr("bytes of texts"));
}

}  // namespace
}  // namespace tandem::plan
