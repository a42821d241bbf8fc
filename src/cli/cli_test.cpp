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

TEST(Table, EscapesControlCharactersAndShortensLongNames) {
  Table table({"name", "|plan"});
  table.add({std::string(400, 'n'), std::string(70, 'p')});
  table.add({"a\x1b[2J\nb", ""});
  const std::string half(30, 'n');
  EXPECT_EQ(table.text(), "name" + std::string(58, ' ') + "plan\n" + half + "…" + half.substr(1) + "  " +
                              std::string(70, 'p') + "\na\\u001b[2J\\nb\n");
}

}  // namespace
}  // namespace tandem::cli
