#include "base/address.h"

#include <gmock/gmock.h>
#include <netdb.h>

#include <gtest/gtest.h>

#include <cerrno>

#include "base/test_files.h"

namespace tandem::base {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal_of(const std::string& text) {
  return message_of([&] { parse_address(text); });
}

TEST(ParseAddress, TakesNamesAndBothKindsOfNumbers) {
  EXPECT_EQ(parse_address("127.0.0.1:7101").host, "127.0.0.1");
  EXPECT_EQ(parse_address("edge-1.local:65535").port, 65535);
  EXPECT_EQ(parse_address("localhost:0").port, 0);
  EXPECT_EQ(parse_address("[::1]:7101").host, "::1");
  EXPECT_EQ(parse_address("[fe80::1%eth0]:7101").host, "fe80::1%eth0");
}

TEST(ParseAddress, SaysWhatIsWrongAndWhatWasExpected) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "it has no port"},
      {"127.0.0.1", "it has no port"},
      {"[::1]", "it has no port"},
      {":7101", "it has no host"},
      {"127.0.0.1:", "'' is no port"},
      {"127.0.0.1:99999", "'99999' is no port from 0 to 65535"},
      {"127.0.0.1:65536", "'65536' is no port"},
      {"127.0.0.1:-1", "'-1' is no port"},
      {"127.0.0.1:71x", "'71x' is no port"},
      {"::1:7101", "an IPv6 host stands in brackets"},
      {"[::g]:7101", "an IPv6 host stands in brackets"},
      {"http://h:1", "it is a URL"},
      {"a b:1", "'a b' is no host"},
      {"user@h:1", "'user@h' is no host"},
  };
  for (const auto& [text, reason] : wrong)
    EXPECT_THAT(refusal_of(text), AllOf(HasSubstr(reason), HasSubstr("; expected HOST:PORT, such as "))) << text;
}

TEST(KindOfLookup, KeepsAMissingNameFromAServerThatIsSilentAndAProcessWithoutDescriptors) {
  EXPECT_EQ(kind_of_lookup(EAI_NONAME), ErrorKind::NotFound);
  EXPECT_EQ(kind_of_lookup(EAI_AGAIN), ErrorKind::Unavailable);
  errno = EMFILE;
  EXPECT_EQ(kind_of_lookup(EAI_SYSTEM), ErrorKind::ResourceExhausted);
}

}  // namespace
}  // namespace tandem::base
