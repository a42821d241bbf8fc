// A made-up profile for tests: a network of branches on two measured targets and a predicted one. Private to report/.
#pragma once

#include <cstddef>

#include "report/profile_page.h"

namespace tandem::report {

// `name` is part of every name that comes from a model or a fleet.
ProfilePage sample_profile(std::size_t layer_count, const std::string& name);

}  // namespace tandem::report
