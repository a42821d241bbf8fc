// `tandem profile --report`: everything that the store knows of a model on a fleet, as a page.
#pragma once

#include <string>

#include "fleet/fleet.h"
#include "model/model.h"
#include "store/store.h"

namespace tandem::cli {

// HTML (report/profile_page.h). The plans in it are the fastest by what is known. Throws base::Error.
std::string profile_report(const model::Model& model, const fleet::Fleet& fleet, const store::Store& store);

}  // namespace tandem::cli
