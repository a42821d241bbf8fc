// SVG pictures as PNG files. Used by `tandem plan --picture FILE.png`. Draws with librsvg, which is loaded when first
// asked for: it brings forty libraries, and no other command wants them. Thread-safe.
#pragma once

#include <string>

namespace tandem::report {

inline constexpr const char* kPngLibrary = "librsvg-2.so.2";

bool can_draw_png();  // whether this machine has the library

// The file's bytes: twice as many pixels as the picture has each way, on light paper. Throws Error(InvalidInput) for
// what is no SVG, Error(Unsupported) without the library.
std::string to_png(const std::string& svg);

}  // namespace tandem::report
