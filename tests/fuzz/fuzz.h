// What a fuzz target gives the driver (fuzz_main.cpp): the target itself, under the name that libFuzzer wants too, and
// a corpus of valid inputs to spoil. A target returns when an input was taken or refused with base::Error; any other
// exception, a crash, an allocation beyond the driver's limit and a hang are bugs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace tandem::fuzz {

std::vector<std::string> seeds();

}  // namespace tandem::fuzz
