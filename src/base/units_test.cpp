#include "base/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_files.h"

namespace tandem::base {
namespace {

TEST(ParseMs, TakesANumberAndItsUnitWithOrWithoutBlanks) {
  EXPECT_DOUBLE_EQ(parse_ms("60ms", "--deadline"), 60);
  EXPECT_DOUBLE_EQ(parse_ms("50 ms", "--deadline"), 50);
  EXPECT_DOUBLE_EQ(parse_ms(" 1.5s ", "--deadline"), 1500);
  EXPECT_DOUBLE_EQ(parse_ms("2min", "--deadline"), 120'000);
}

TEST(ParseMs, RefusesTheRestAndNamesTheUnits) {
  for (const char* text : {"", " ", "20", "ms", "fast", "-1ms", "0ms", "5 h", "1e30s", "nan ms", "60msx", "60 MS"})
    EXPECT_THROW(parse_ms(text, "--deadline"), Error) << text;
  EXPECT_EQ(message_of([] { parse_ms("20", "--longest"); }),
            "--longest '20': expected a time above 0 with its unit (ms, s, min), such as 60ms or 1.5s");
}

TEST(ParseMs, TakesZeroWhereThatIsATime) {
  EXPECT_EQ(parse_ms("0ms", "--delay", Zero::Allowed), 0);
  EXPECT_THROW(parse_ms("-1ms", "--delay", Zero::Allowed), Error);
  EXPECT_THROW(parse_ms("0", "--delay", Zero::Allowed), Error);
}

TEST(ParseBytes, TakesANumberAndItsUnit) {
  EXPECT_EQ(parse_bytes("512MB", "--memory"), 512'000'000u);
  EXPECT_EQ(parse_bytes(" 1.5 GiB", "--memory"), std::size_t{3} << 29);
  EXPECT_EQ(parse_bytes("1B", "--memory"), 1u);
}

TEST(ParseBytes, RefusesTheRestAndNamesTheUnits) {
  for (const char* text : {"", "512", "MB", "-1GB", "0GB", "0.5B", "1e30GB", "nan GB", "inf GB", "1 mb"})
    EXPECT_THROW(parse_bytes(text, "--memory"), Error) << text;
  EXPECT_EQ(message_of([] { parse_bytes("20", "--memory"); }),
            "--memory '20': expected a size with its unit (B, KB, kB, MB, GB, KiB, MiB, GiB), such as 512MB or 4GiB");
}

TEST(SizeUnits, AreOfThousandsOrOf1024) {
  const std::pair<const char*, double> sizes[] = {{"B", 1},    {"KB", 1e3},   {"kB", 1e3},      {"MB", 1e6},
                                                  {"GB", 1e9}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};
  for (const auto& [name, factor] : sizes) EXPECT_EQ(factor_of(name, kSizeUnits), factor) << name;
  for (const char* name : {"", "b", "kb", "K", "ms"}) EXPECT_EQ(factor_of(name, kSizeUnits), std::nullopt) << name;
}

}  // namespace
}  // namespace tandem::base
