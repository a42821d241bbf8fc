// What a model's metadata says of its pictures and classes (docs/formats.md, "Model"), as JSON: "tandem.input" and
// "tandem.labels". Written by train, read by workspace and train. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "input/preprocess.h"

namespace tandem::input {

// Without as_bytes and the frame, which follow from the type of the model's input.
base::Json to_json(const Preprocessing& pictures);
// The reverse. Width and height are 0 where the text has none: the model's. `source` begins the messages. Throws
// Error(InvalidInput) on an unknown key, a missing number, or one outside the limits of check().
Preprocessing parse_pictures(std::string_view text, const std::string& source);
const char* name_of(Layout layout);          // "nchw", "nhwc"
const char* name_of(ChannelOrder channels);  // "rgb", "bgr", "grey"
// For messages: "symmetric, 32x32, crop, nchw, rgb".
std::string text_of(const Preprocessing& pictures);

// A list of names, the first of class 0. Throws Error(InvalidInput) on anything else, or beyond the limits of labels.h.
std::vector<std::string> parse_class_names(std::string_view text, const std::string& source);

}  // namespace tandem::input
