// The content of the page that `tandem profile --report` writes: all stored costs of a model on a fleet. Private to
// workspace/.
#pragma once

#include "fleet/fleet.h"
#include "model/model.h"
#include "report/profile_page.h"
#include "store/store.h"

namespace tandem::workspace {

// Its plans are the fastest by the known costs. Throws base::Error.
report::ProfilePage profile_page(const model::Model& model, const fleet::Fleet& fleet, const store::Store& store);

}  // namespace tandem::workspace
