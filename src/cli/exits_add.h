// `tandem exits add`: exits for a network that has none.
#pragma once

namespace CLI {
class App;
}

namespace tandem::cli {

void add_exits_add(CLI::App& exits);

}  // namespace tandem::cli
