// `tandem profile --report`: everything that the store knows of a model on a fleet, as a page.
#pragma once

#include <string>

#include "cost/fleet.h"
#include "cost/store.h"
#include "model/model.h"

namespace tandem::cli {

// HTML (report/profile_page.h). The plans in it are the fastest by what is known. Throws base::Error.
std::string profile_report(const model::Model& model, const std::string& digest, const cost::Fleet& fleet,
                           const cost::Store& store);

}  // namespace tandem::cli
