// Spoils valid inputs, the same way for the same random numbers.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace tandem::fuzz {

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> corpus) : corpus_(std::move(corpus)) {}

  // One of the corpus after one to four changes: cut short, bits flipped, bytes replaced, inserted, removed or
  // repeated, giant lengths and numbers put in, or spliced with another of the corpus. Now and then bytes that nobody
  // wrote.
  std::string make(std::mt19937_64& random) const;

 private:
  void change_in_place(std::string& input, std::mt19937_64& random) const;
  void change_length(std::string& input, std::mt19937_64& random) const;

  std::vector<std::string> corpus_;
};

}  // namespace tandem::fuzz
