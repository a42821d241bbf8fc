#include "base/printable.h"

#include <gtest/gtest.h>

namespace tandem::base {
namespace {

TEST(Printable, EscapesWhatActsOnATerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb\r\n\tc\x7f"), "a\\u001b[2Jb\\r\\n\\tc\\u007f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m");                                        // the control sequence introducer in one character
  EXPECT_EQ(printable("\xe2\x80\xaetxt.exe"), "\\u202etxt.exe");  // right-to-left override
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\u0000");
}

TEST(Printable, KeepsOtherText) {
  EXPECT_EQ(printable("Größe → 3 \\n 図 😀"), "Größe → 3 \\n 図 😀");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, EscapesBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("a\xff"), "a\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3");
  EXPECT_EQ(printable("\xc0\x9b"), "\\xc0\\x9b");                    // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  EXPECT_EQ(printable("\xe2\x80\x1b"), "\\xe2\\x80\\u001b");
}

TEST(Printable, IsTheSameTwice) {
  const std::string once = printable("\x1b\xff\n");
  EXPECT_EQ(printable(once), once);
}

TEST(Printable, LinesKeepTheirEnds) {
  EXPECT_EQ(printable_lines("a\tb\nc\r\n"), "a\tb\nc\\r\n");
}

TEST(Shortened, KeepsBothEnds) {
  EXPECT_EQ(shortened("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(shortened("abcdefgh", 5), "ab…gh");
  EXPECT_EQ(shortened("abcdefgh", 4), "ab…h");
  EXPECT_EQ(shortened("abcdefgh", 1), "…");
}

TEST(Shortened, CountsCharacters) {
  EXPECT_EQ(shortened("äöüß", 4), "äöüß");
  EXPECT_EQ(shortened("äöüßé", 3), "ä…é");
}

}  // namespace
}  // namespace tandem::base
