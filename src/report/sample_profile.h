// A made-up profile for tests: a network of branches on two measured targets and a predicted one. Private to report/.
#pragma once

#include <cstddef>

#include "report/profile_page.h"

namespace tandem::report {

// `name` stands wherever a model, or a fleet, says how something is called.
ProfilePage sample_profile(std::size_t layer_count, const std::string& name);

}  // namespace tandem::report
