#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/flags.h"
#include "cli/table.h"

namespace tandem::cli {
namespace {

TEST(Table, AlignsColumnsByWhatIsSeen) {
  Table table({"link", ">ms"});
  table.add({"a → b", "1.5"});
  table.add({"c", "100"});
  EXPECT_EQ(table.text(), "link    ms\na → b  1.5\nc      100\n");
}

TEST(ParseMilliseconds, TakesUnitsAndRefusesTheRest) {
  EXPECT_DOUBLE_EQ(parse_milliseconds("60ms", "--deadline"), 60);
  EXPECT_DOUBLE_EQ(parse_milliseconds("1.5s", "--deadline"), 1500);
  EXPECT_DOUBLE_EQ(parse_milliseconds("2min", "--deadline"), 120'000);
  EXPECT_DOUBLE_EQ(parse_milliseconds("7", "--deadline"), 7);
  for (const char* text : {"", "fast", "-1ms", "0", "5 h", "1e30s", "nan"}) {
    EXPECT_THROW(parse_milliseconds(text, "--deadline"), base::Error) << text;
  }
}

}  // namespace
}  // namespace tandem::cli
