#include "agent/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace tandem::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kOne(64, '1');
const std::string kTwo(64, '2');

class JournalTest : public testing::Test {
 protected:
  // A worker does this, and dies.
  std::vector<std::string> die_after(const std::function<void()>& work) {
    journal_.begin();
    const pid_t worker = ::fork();
    if (worker == 0) {
      work();
      std::_Exit(1);
    }
    ::waitpid(worker, nullptr, 0);
    return journal_.count_death();
  }
  std::vector<std::string> die_at(const std::string& digest) {
    return die_after([&] { new Journal::Note(journal_, digest); });
  }

  Journal journal_;
};

TEST_F(JournalTest, TellsWhichPartsWereAtWork) {
  EXPECT_THAT(die_after([&] {
                new Journal::Note(journal_, kTwo);
                new Journal::Note(journal_, kOne);
                new Journal::Note(journal_, kOne);
              }),
              ElementsAre(kOne, kTwo));
}

TEST_F(JournalTest, ForgetsPartsThatAreDone) {
  EXPECT_THAT(die_after([&] { const Journal::Note note(journal_, kOne); }), IsEmpty());
}

TEST_F(JournalTest, QuarantinesAPartAtTheSecondDeath) {
  EXPECT_TRUE(journal_.admit(kOne).ok());
  die_at(kOne);
  EXPECT_TRUE(journal_.admit(kOne).ok());
  die_at(kOne);
  const auto refusal = journal_.admit(kOne);
  ASSERT_FALSE(refusal.ok());
  EXPECT_EQ(refusal.error().kind(), base::ErrorKind::Refused);
  EXPECT_THAT(refusal.error().message(), HasSubstr("part 111111111111 is quarantined"));
  EXPECT_TRUE(journal_.admit(kTwo).ok());
}

TEST_F(JournalTest, BeginsANewWorkerWithoutNotes) {
  die_at(kOne);
  EXPECT_THAT(die_after([] {}), IsEmpty());
}

TEST_F(JournalTest, KnowsWhetherTheWorkerWasReady) {
  die_after([&] { journal_.set_ready(); });
  EXPECT_TRUE(journal_.is_ready());
  die_after([] {});
  EXPECT_FALSE(journal_.is_ready());
}

TEST_F(JournalTest, TakesMoreNotesThanItHolds) {
  EXPECT_THAT(die_after([&] {
                for (int i = 0; i < 1000; ++i) new Journal::Note(journal_, kOne);
              }),
              ElementsAre(kOne));
}

}  // namespace
}  // namespace tandem::agent
