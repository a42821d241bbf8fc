#include <gtest/gtest.h>

#include "cli/table.h"

namespace tandem::cli {
namespace {

TEST(Table, AlignsColumnsByWhatIsSeen) {
  Table table({"link", ">ms"});
  table.add({"a → b", "1.5"});
  table.add({"c", "100"});
  EXPECT_EQ(table.text(), "link    ms\na → b  1.5\nc      100\n");
}

}  // namespace
}  // namespace tandem::cli
